namespace Kafscale.Storage.Caching;

/// <summary>Counts loads that run on their own account, so that a disposal can end them and wait for them.</summary>
internal sealed class InFlightLoads : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private bool _isStopping;

    public InFlightLoads() => Stopping = _stopping.Token;

    /// <summary>Ends the loads when the cache is disposed; a reader that gives up does not.</summary>
    public CancellationToken Stopping { get; }

    /// <summary>Counts one more load; false, and nothing is counted, where the disposal has begun.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (!_isStopping)
                _count++;
            return !_isStopping;
        }
    }

    public void Exit()
    {
        lock (_lock)
        {
            _count--;
            if (_isStopping && _count == 0)
                _drained.TrySetResult();
        }
    }

    /// <summary>Lets no new load begin, cancels those that run, and waits until they have ended.</summary>
    public async ValueTask StopAsync()
    {
        lock (_lock)
        {
            _isStopping = true;
            if (_count == 0)
                _drained.TrySetResult();
        }

        await _stopping.CancelAsync();
        await _drained.Task;
    }

    public void Dispose() => _stopping.Dispose();
}
