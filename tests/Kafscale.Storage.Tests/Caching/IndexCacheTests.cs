using Kafscale.Storage.Caching;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Segments;
using Kafscale.Storage.Tests.Formats;

namespace Kafscale.Storage.Tests.Caching;

public sealed class IndexCacheTests
{
    private readonly InterceptedStore _store = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_index_is_loaded_and_parsed_once()
    {
        await using var cache = new IndexCache(_store, 10_000);
        var length = await PutAsync("index", baseOffset: 7);
        var first = await cache.GetAsync("index", length, Cancellation);
        var second = cache.GetAsync("index", length, Cancellation);
        Assert.True(second.IsCompletedSuccessfully);
        Assert.Same(first, await second);
        Assert.Equal(7, first.Find(7).BaseOffset);
        Assert.Equal(1, _store.Reads);
        Assert.Equal((1, 1), (cache.Hits, cache.Misses));
    }

    [Fact]
    public async Task Indexes_under_a_prefix_are_forgotten_also_while_they_are_loaded()
    {
        await using var cache = new IndexCache(_store, 10_000);
        var length = await PutAsync("a/b/1", 7);
        await PutAsync("a/b/2", 7);
        await PutAsync("a/c", 7);
        await cache.GetAsync("a/b/1", length, Cancellation);
        await cache.GetAsync("a/c", length, Cancellation);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.BeforeRead = (_, _, _) => gate.Task;
        var loading = cache.GetAsync("a/b/2", length, Cancellation).AsTask();

        cache.RemoveUnder("a/b/");
        gate.SetResult();
        await loading;
        await cache.GetAsync("a/b/1", length, Cancellation);
        await cache.GetAsync("a/b/2", length, Cancellation);
        await cache.GetAsync("a/c", length, Cancellation);
        Assert.Equal((1, 5), (cache.Hits, cache.Misses));
    }

    [Fact]
    public async Task However_many_ask_at_once_an_index_is_loaded_once_and_who_gives_up_disturbs_nobody()
    {
        await using var cache = new IndexCache(_store, 10_000);
        var length = await PutAsync("index", 7);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.BeforeRead = (_, _, _) => gate.Task;
        using var givingUp = new CancellationTokenSource();
        var givenUp = cache.GetAsync("index", length, givingUp.Token).AsTask();
        var others = Enumerable.Range(0, 10).Select(_ => cache.GetAsync("index", length, Cancellation).AsTask()).ToArray();
        await givingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        gate.SetResult();
        Assert.Single((await Task.WhenAll(others)).Distinct());
        Assert.Equal(1, _store.Reads);
    }

    [Fact]
    public async Task A_failed_load_is_not_kept()
    {
        await using var cache = new IndexCache(_store, 10_000);
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await cache.GetAsync("index", 28, Cancellation));
        var length = await PutAsync("index", 7);
        await cache.GetAsync("index", length, Cancellation);
    }

    [Fact]
    public async Task A_corrupt_or_shorter_index_is_refused()
    {
        await using var cache = new IndexCache(_store, 10_000);
        var length = await PutAsync("short", 7);
        await Assert.ThrowsAsync<CorruptObjectException>(async () => await cache.GetAsync("short", length + 12, Cancellation));
        await _store.PutAsync("corrupt", Bodies.Whole(Bodies.Random(28)), PutCondition.None, Cancellation);
        await Assert.ThrowsAsync<CorruptObjectException>(async () => await cache.GetAsync("corrupt", 28, Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await cache.GetAsync("short", long.MaxValue, Cancellation));
    }

    [Fact]
    public async Task The_least_recently_used_index_goes_first()
    {
        var length = await PutAsync("a", 1);
        await PutAsync("b", 2);
        await PutAsync("c", 3);
        var one = SparseIndex.Parse("a", Bodies.Whole(IndexOf(1))).MemoryBytes;
        await using var cache = new IndexCache(_store, 2 * one);
        await cache.GetAsync("a", length, Cancellation);
        await cache.GetAsync("b", length, Cancellation);
        await cache.GetAsync("a", length, Cancellation);
        await cache.GetAsync("c", length, Cancellation);
        Assert.Equal(2 * one, cache.Bytes);
        Assert.Equal(1, cache.Evictions);
        await cache.GetAsync("a", length, Cancellation);
        await cache.GetAsync("c", length, Cancellation);
        Assert.Equal(3, _store.Reads);
        await cache.GetAsync("b", length, Cancellation);
        Assert.Equal(4, _store.Reads);
    }

    [Fact]
    public async Task An_index_larger_than_the_cache_is_given_but_not_kept()
    {
        await using var cache = new IndexCache(_store, 10);
        var length = await PutAsync("index", 7);
        Assert.Equal(7, (await cache.GetAsync("index", length, Cancellation)).Find(0).BaseOffset);
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public async Task A_removed_index_is_loaded_again()
    {
        await using var cache = new IndexCache(_store, 10_000);
        var length = await PutAsync("index", 7);
        await cache.GetAsync("index", length, Cancellation);
        cache.Remove("index");
        Assert.Equal(0, cache.Bytes);
        await cache.GetAsync("index", length, Cancellation);
        Assert.Equal(2, _store.Reads);
    }

    [Fact]
    public async Task An_index_removed_during_its_load_is_not_kept()
    {
        await using var cache = new IndexCache(_store, 10_000);
        var length = await PutAsync("index", 7);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.BeforeRead = (_, _, _) => gate.Task;
        var load = cache.GetAsync("index", length, Cancellation);
        cache.Remove("index");
        gate.SetResult();
        await load;
        Assert.Equal(0, cache.Bytes);
    }

    private static byte[] IndexOf(long baseOffset)
    {
        var builder = new SparseIndexBuilder();
        builder.Add(Bodies.Whole(new TestBatch(baseOffset, 5, [1]).ToArray()));
        return builder.ToArray();
    }

    private async Task<int> PutAsync(string key, long baseOffset)
    {
        var index = IndexOf(baseOffset);
        await _store.PutAsync(key, Bodies.Whole(index), PutCondition.None, Cancellation);
        return index.Length;
    }
}
