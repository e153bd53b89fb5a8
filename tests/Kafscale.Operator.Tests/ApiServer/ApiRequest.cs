namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>A request, as tests see it.</summary>
/// <param name="Method">GET, POST, PUT, PATCH or DELETE.</param>
/// <param name="Key">What it is about; the name is empty for listings.</param>
/// <param name="IsStatus">Whether it is about the status alone.</param>
/// <param name="Client">Who sends it: the <c>User-Agent</c>.</param>
public sealed record ApiRequest(string Method, ObjectKey Key, bool IsStatus, string Client)
{
    public bool IsWrite => Method != "GET";

    public override string ToString() => $"{Method} {Key.Plural}/{Key.Namespace}/{Key.Name}{(IsStatus ? "/status" : "")}";
}
