using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Partitions;

namespace Kafscale.Broker.Fetching;

/// <summary>Waits for records to become visible in any of a fetch's partitions.</summary>
internal sealed class FetchWaiter : ILogListener, IDisposable
{
    private readonly AsyncSignal _signal = new();
    private readonly List<PartitionLog> _logs = [];

    /// <summary>Listens to one more partition.</summary>
    public void Add(PartitionLog log)
    {
        _logs.Add(log);
        log.AddListener(this);
    }

    public void OnLogChanged() => _signal.Set();

    /// <summary>Completes when there is more to read, or when the token is cancelled.</summary>
    /// <returns>False where the token was cancelled.</returns>
    public async Task<bool> WaitAsync(CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(static signal => ((AsyncSignal)signal!).Set(), _signal);
        await _signal.WaitAsync(CancellationToken.None);
        return !cancellationToken.IsCancellationRequested;
    }

    public void Dispose()
    {
        foreach (var log in _logs)
        {
            log.RemoveListener(this);
        }

        _logs.Clear();
    }
}
