namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>Ends a request when its time is over, or when its caller gives up, and knows which it was.</summary>
internal sealed class RequestDeadline : IDisposable
{
    private readonly CancellationTokenSource _timer;
    private readonly CancellationTokenSource _either;

    public RequestDeadline(TimeSpan timeout, TimeProvider timeProvider, CancellationToken caller)
    {
        Caller = caller;
        _timer = new CancellationTokenSource(timeout, timeProvider);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_timer.Token, caller);
        Timeout = timeout;
    }

    /// <summary>How long the request may take.</summary>
    public TimeSpan Timeout { get; }

    /// <summary>Cancelled at the deadline and with the caller's token.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>The caller's token, which goes before the deadline where both are over.</summary>
    public CancellationToken Caller { get; }

    public bool IsOver => _timer.IsCancellationRequested;

    public void Dispose()
    {
        _either.Dispose();
        _timer.Dispose();
    }
}
