using System.Collections.Concurrent;
using System.Globalization;
using Kafscale.Testing;

namespace Kafscale.Metadata.Tests.Etcd;

/// <summary>
/// Writers that create keys that only they create, one after the other, and know of each what they were told: so a commit that
/// was done twice, lost, or done although it was said not to be, shows.
/// </summary>
internal sealed class NumberedWriters(IMetadataStore store, string root, int count, CancellationToken cancellationToken) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, long> _acknowledged = new();
    private readonly ConcurrentBag<string> _unknown = [];
    private readonly ConcurrentBag<string> _notChanged = [];
    private readonly CancellationTokenSource _enough = new();
    private Task _writing = Task.CompletedTask;
    private long _newest;

    public int Acknowledged => _acknowledged.Count;

    public int Unknown => _unknown.Count;

    public void Start() => _writing = Task.WhenAll(Enumerable.Range(0, count).Select(writer => Task.Run(() => WriteAsync(writer), cancellationToken)));

    /// <summary>Waits until so many more commits have been acknowledged.</summary>
    public async Task HaveWrittenAsync(int more)
    {
        var goal = Acknowledged + more;
        await Eventually.HoldsAsync(
            async () =>
            {
                if (_writing.IsCompleted)
                {
                    await _writing;
                }

                return Acknowledged >= goal;
            },
            Patience);
    }

    /// <summary>Ends the writers and compares what they were told with what there is.</summary>
    /// <returns>The newest revision that was acknowledged.</returns>
    public async Task<long> StopAsync()
    {
        await _enough.CancelAsync();
        await _writing;
        var range = await store.RangeAsync(KeyRange.Prefix(root), 0, 0, cancellationToken);
        var there = range.Entries.ToDictionary(entry => entry.Key, entry => (entry.CreateRevision, entry.ModRevision));
        Assert.Equal(
            _acknowledged.OrderBy(pair => pair.Key).Select(pair => (pair.Key, (pair.Value, pair.Value))),
            there.Where(pair => !_unknown.Contains(pair.Key)).OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value)));
        Assert.All(_notChanged, key => Assert.DoesNotContain(key, there.Keys));
        return _newest;
    }

    public void Dispose() => _enough.Dispose();

    private async Task WriteAsync(int writer)
    {
        for (var number = 0; !_enough.IsCancellationRequested; number++)
        {
            var key = string.Create(CultureInfo.InvariantCulture, $"{root}{writer}/{number:D6}");
            try
            {
                var result = await store.CommitAsync(
                    new() { Comparisons = [Comparison.Missing(key)], Then = [new Operation.Put(key, default)] }, cancellationToken);
                Assert.True(result.Succeeded, $"{key} was there before it was written: it was sent twice.");
                _acknowledged.TryAdd(key, result.Revision);
                InterlockedMax(result.Revision);
            }
            catch (MetadataUnavailableException exception) when (exception.Message.EndsWith("is unknown.", StringComparison.Ordinal))
            {
                _unknown.Add(key);
            }
            catch (MetadataUnavailableException exception)
            {
                Assert.EndsWith("Nothing was changed.", exception.Message, StringComparison.Ordinal);
                _notChanged.Add(key);
            }
        }
    }

    private void InterlockedMax(long revision)
    {
        for (var seen = Volatile.Read(ref _newest); seen < revision;)
        {
            var before = Interlocked.CompareExchange(ref _newest, revision, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
