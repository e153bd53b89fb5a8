using System.Buffers;
using System.Collections.Concurrent;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Bench.Latency;

/// <summary>
/// A store in memory as if on another machine: its work, which in memory is copying many mebibytes at a time, is done by threads of
/// its own and not by the broker's, and only the processors are shared.
/// </summary>
internal sealed class StoreElsewhere : IObjectStore, IDisposable
{
    private const int StoreThreads = 8;

    private readonly MemoryObjectStore _inner;
    private readonly BlockingCollection<Action> _requests = [];

    public StoreElsewhere(TimeProvider timeProvider)
    {
        _inner = new MemoryObjectStore(timeProvider);
        for (var i = 0; i < StoreThreads; i++)
        {
            new Thread(Serve) { IsBackground = true }.Start();
        }
    }

    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        await OnThreadAsync(() => _inner.PutAsync(key, body, condition, cancellationToken).AsTask());

    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        await await OnThreadAsync(() => _inner.ReadAsync(key, offset, destination, cancellationToken).AsTask());

    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken) => _inner.HeadAsync(key, cancellationToken);

    public IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        _inner.ListAsync(prefix, startAfter, cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => _inner.DeleteAsync(keys, cancellationToken);

    public void Dispose() => _requests.CompleteAdding();

    // The memory store has finished when it returns.
    private async Task<T> OnThreadAsync<T>(Func<T> request)
        where T : Task
    {
        var served = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _requests.Add(() => served.SetResult(request()));
        var outcome = await served.Task;
        await outcome;
        return outcome;
    }

    private void Serve()
    {
        foreach (var request in _requests.GetConsumingEnumerable())
        {
            request();
        }
    }
}
