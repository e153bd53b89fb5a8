namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>A verb on a resource.</summary>
/// <param name="Group">Its group; empty for the core.</param>
/// <param name="Resource">Its name in addresses, with the subresource behind a slash where there is one.</param>
/// <param name="Verb">As roles have it, such as <c>patch</c>.</param>
public sealed record Permission(string Group, string Resource, string Verb)
{
    public override string ToString() => $"{(Group.Length == 0 ? "core" : Group)} {Resource} {Verb}";
}
