namespace Kafscale.Metadata.Etcd;

/// <summary>Ends a call when its time is over, or when its caller gives up.</summary>
internal sealed class EtcdDeadline : IDisposable
{
    private readonly CancellationTokenSource _either;
    private readonly CancellationTokenRegistration _registration;
    private readonly CancellationToken _caller;

    public EtcdDeadline(TimeSpan timeout, TimeProvider timeProvider, CancellationToken caller)
    {
        _caller = caller;
        _either = new(timeout, timeProvider);
        _registration = caller.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _either);
    }

    /// <summary>Cancelled at the deadline and with the caller's token.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Whether the time is over.</summary>
    /// <exception cref="OperationCanceledException">The caller has given up.</exception>
    public bool IsOver
    {
        get
        {
            _caller.ThrowIfCancellationRequested();
            return _either.IsCancellationRequested;
        }
    }

    public void Dispose()
    {
        _registration.Dispose();
        _either.Dispose();
    }
}
