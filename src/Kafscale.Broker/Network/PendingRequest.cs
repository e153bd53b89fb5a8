using Kafscale.Broker.Requests;
using Kafscale.Protocol;

namespace Kafscale.Broker.Network;

/// <summary>A request in progress, at its place in the order of the responses.</summary>
internal sealed class PendingRequest : RequestContext
{
    private bool _isCompleted;

    /// <summary>The response once the request is completed; null where there is none to write.</summary>
    public IResponseMessage? Response { get; private set; }

    /// <summary>Whether the handler is done and the other properties may be read.</summary>
    public bool IsCompleted => Volatile.Read(ref _isCompleted);

    public void Complete(IResponseMessage? response)
    {
        Response = response;
        Volatile.Write(ref _isCompleted, true);
    }
}
