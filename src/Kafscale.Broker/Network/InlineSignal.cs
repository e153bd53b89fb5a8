using System.Threading.Tasks.Sources;

namespace Kafscale.Broker.Network;

/// <summary>
/// Wakes the one loop that waits for it. A signal that nobody waits for is kept for the next wait; several are one.
/// </summary>
internal sealed class InlineSignal : IValueTaskSource
{
    private const int Idle = 0;
    private const int Signaled = 1;
    private const int Waiting = 2;

    private ManualResetValueTaskSourceCore<bool> _waiter;
    private int _state;

    /// <param name="resumesInline">
    /// Whether the waiting loop goes on inside of <see cref="Set"/>, which spares a thread switch. For callers that hold
    /// no lock only.
    /// </param>
    public InlineSignal(bool resumesInline) => _waiter.RunContinuationsAsynchronously = !resumesInline;

    /// <summary>Completes at the next <see cref="Set"/>, at once where there was one since the last wait.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Signaled) == Signaled)
        {
            return ValueTask.CompletedTask;
        }

        _waiter.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return new ValueTask(this, _waiter.Version);
        }

        Volatile.Write(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    public void Set()
    {
        while (true)
        {
            int state = Volatile.Read(ref _state);
            if (state == Signaled)
            {
                return;
            }

            if (state == Idle && Interlocked.CompareExchange(ref _state, Signaled, Idle) == Idle)
            {
                return;
            }

            if (state == Waiting && Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
            {
                _waiter.SetResult(true);
                return;
            }
        }
    }

    void IValueTaskSource.GetResult(short token) => _waiter.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _waiter.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _waiter.OnCompleted(continuation, state, token, flags);
}
