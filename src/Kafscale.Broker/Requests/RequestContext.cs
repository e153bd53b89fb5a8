using Kafscale.Broker.Network;
using Kafscale.Protocol;

namespace Kafscale.Broker.Requests;

/// <summary>One request: who asks for what, and what is to be cleaned up after the answer.</summary>
internal class RequestContext
{
    private Action<RequestContext>? _payloadConsumed;
    private IDisposable? _resource;
    private List<IDisposable>? _moreResources;

    public required ClientConnection Connection { get; init; }

    public required ApiKey ApiKey { get; init; }

    public required short ApiVersion { get; init; }

    public required int CorrelationId { get; init; }

    /// <summary>When the request had come in whole, as a timestamp of the broker's clock.</summary>
    public long ReceivedAt { get; init; }

    /// <summary>What the client calls itself in the header of its requests; any client may say anything.</summary>
    public required string? ClientId { get; init; }

    /// <summary>
    /// Cancelled when nobody waits any more: the client has gone, or the broker stops. A handler that waits for something
    /// to happen (records for a fetch, members of a group) then answers at once with what there is. It is no reason to
    /// leave undone what was asked for.
    /// </summary>
    public CancellationToken EndWaiting { get; init; }

    /// <summary>Why the connection ends in place of an answer; set where the client has to hear of an error that no answer can tell.</summary>
    public ConnectionCloseReason? CloseReason { get; set; }

    /// <summary>What is called when the payload is consumed.</summary>
    internal Action<RequestContext>? OnPayloadConsumed
    {
        init => _payloadConsumed = value;
    }

    /// <summary>Whether the payload stays in the connection's buffers until it is consumed.</summary>
    internal bool HoldsPayload { get; init; }

    /// <summary>The share of the memory for large frames that is given back when the payload is consumed.</summary>
    internal long BudgetedBytes { get; init; }

    /// <summary>
    /// Says that the records of the request were copied or are not needed: their bytes are given back, and the next
    /// request of the connection may be received. Calling it again does nothing.
    /// </summary>
    public void PayloadConsumed() => Interlocked.Exchange(ref _payloadConsumed, null)?.Invoke(this);

    /// <summary>
    /// Keeps something that the response refers to until the response was written, or given up because the client has
    /// gone. Not to be called at the same time from several threads.
    /// </summary>
    public void RegisterForDispose(IDisposable resource)
    {
        if (_resource is null)
        {
            _resource = resource;
        }
        else
        {
            (_moreResources ??= []).Add(resource);
        }
    }

    /// <summary>Called once, by the connection, after the response was written.</summary>
    internal void DisposeResources()
    {
        _resource?.Dispose();
        _resource = null;
        _moreResources?.ForEach(static resource => resource.Dispose());
        _moreResources = null;
    }
}
