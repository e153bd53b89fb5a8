using System.Buffers;
using CsCheck;
using Kafscale.Storage.Caching;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests.Caching;

public sealed class CachedObjectReaderTests : IAsyncDisposable
{
    private const int Block = 4096;

    private readonly InterceptedStore _store = new();
    private readonly TrackingPool _pool = new();
    private readonly List<CachedObjectReader> _readers = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Every test ends with this: no buffer may be missing.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _readers)
        {
            await reader.DisposeAsync();
            Assert.Equal(0, reader.Bytes);
        }

        Assert.Equal(0, _pool.Outstanding);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, Block)]
    [InlineData(0, 100_000)]
    [InlineData(Block - 1, 2)]
    [InlineData(99_999, 1)]
    [InlineData(5, 3 * Block)]
    public async Task A_range_is_read_as_it_is_in_the_store(int position, int length)
    {
        var reader = Open();
        var body = await PutAsync("object", 100_000);
        for (var i = 0; i < 2; i++)
            Assert.Equal(body.AsSpan(position, length).ToArray(), await ReadAsync(reader, "object", 100_000, position, length));
    }

    [Fact]
    public async Task Any_ranges_in_any_order_are_read_as_they_are_in_the_store()
    {
        var body = await PutAsync("object", 50_000);
        await Gen.Select(Gen.Int[0, 49_999], Gen.Int[0, 30_000]).Array[1, 20].SampleAsync(async ranges =>
        {
            var reader = new CachedObjectReader(_store, _store, OptionsOf(blocks: 8), TimeProvider.System, _pool);
            await using (reader)
            {
                foreach (var (position, wantedLength) in ranges)
                {
                    var length = Math.Min(wantedLength, body.Length - position);
                    Assert.Equal(body.AsSpan(position, length).ToArray(), await ReadAsync(reader, "object", body.Length, position, length));
                    Assert.InRange(reader.Bytes, 0, OptionsOf(blocks: 8).CapacityBytes);
                }
            }
        }, iter: 200);
    }

    [Fact]
    public async Task What_is_in_memory_is_answered_at_once_without_the_store()
    {
        var reader = Open();
        await PutAsync("object", 10 * Block);
        await ReadAsync(reader, "object", 10 * Block, 0, 10 * Block);
        var readsBefore = _store.Reads;
        var read = reader.ReadAsync("object", 10 * Block, 3, 9 * Block, Cancellation);
        Assert.True(read.IsCompletedSuccessfully);
        (await read).Dispose();
        Assert.Equal(readsBefore, _store.Reads);
        Assert.Equal((1, 1), (reader.Hits, reader.Misses));
    }

    [Fact]
    public async Task A_hit_allocates_nothing_but_the_lease()
    {
        var reader = Open();
        await PutAsync("object", 4 * Block);
        await ReadAsync(reader, "object", 4 * Block, 0, 4 * Block);
        const int Reads = 1000;
        for (var i = 0; i < Reads; i++)
            ReadOnce(i);
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Reads; i++)
            ReadOnce(i);
        var allocatedPerRead = (GC.GetAllocatedBytesForCurrentThread() - allocatedBefore) / (double)Reads;
        Assert.InRange(allocatedPerRead, 0, 96);

        void ReadOnce(int i)
        {
            var read = reader.ReadAsync("object", 4 * Block, i, 2 * Block, CancellationToken.None);
            Assert.True(read.IsCompletedSuccessfully);
            read.Result.Dispose();
        }
    }

    [Fact]
    public async Task Adjacent_missing_blocks_are_loaded_by_one_range_read()
    {
        var reader = Open();
        await PutAsync("object", 20 * Block);
        await ReadAsync(reader, "object", 20 * Block, Block + 5, 4 * Block);
        Assert.Equal(1, _store.Reads);
        Assert.Equal(4 * Block, _store.BytesRead);
    }

    [Fact]
    public async Task Blocks_around_one_that_is_there_are_loaded_apart_from_it()
    {
        var reader = Open();
        await PutAsync("object", 10 * Block);
        await ReadAsync(reader, "object", 10 * Block, 3 * Block, 1);
        await ReadAsync(reader, "object", 10 * Block, 0, 8 * Block);
        Assert.Equal(3, _store.Reads);
        Assert.Equal(8 * Block, _store.BytesRead);
    }

    [Fact]
    public async Task The_last_block_is_loaded_only_as_far_as_the_object_goes()
    {
        var reader = Open();
        await PutAsync("object", Block + 10);
        await ReadAsync(reader, "object", Block + 10, Block, 10);
        Assert.Equal(10, _store.BytesRead);
    }

    [Fact]
    public async Task However_many_ask_at_once_a_block_is_loaded_once()
    {
        var reader = Open();
        var body = await PutAsync("object", 5 * Block);
        var gate = HoldReads();
        var reads = Enumerable.Range(0, 20).Select(i => ReadAsync(reader, "object", body.Length, i * 7, 4 * Block)).ToArray();
        Assert.All(reads, read => Assert.False(read.IsCompleted));
        gate.SetResult();
        var results = await Task.WhenAll(reads);
        for (var i = 0; i < results.Length; i++)
            Assert.Equal(body.AsSpan(i * 7, 4 * Block).ToArray(), results[i]);
        Assert.Equal(2, _store.Reads);
        Assert.Equal(5 * Block, _store.BytesRead);
    }

    [Fact]
    public async Task A_reader_that_gives_up_does_not_disturb_the_others()
    {
        var reader = Open();
        var body = await PutAsync("object", Block);
        var gate = HoldReads();
        using var givingUp = new CancellationTokenSource();
        var first = reader.ReadAsync("object", Block, 0, Block, givingUp.Token).AsTask();
        var second = ReadAsync(reader, "object", Block, 0, Block);
        await givingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(second.IsCompleted);
        gate.SetResult();
        Assert.Equal(body, await second);
        Assert.Equal(1, _store.Reads);
    }

    [Fact]
    public async Task A_load_whose_readers_all_gave_up_still_fills_the_cache()
    {
        var reader = Open();
        await PutAsync("object", Block);
        var gate = HoldReads();
        using var givingUp = new CancellationTokenSource();
        var read = reader.ReadAsync("object", Block, 0, Block, givingUp.Token).AsTask();
        await givingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        gate.SetResult();
        await ReadAsync(reader, "object", Block, 0, Block);
        Assert.Equal(1, _store.Reads);
    }

    [Fact]
    public async Task A_failed_load_fails_all_who_wait_and_is_not_kept()
    {
        var reader = Open();
        var body = await PutAsync("object", Block);
        var gate = new TaskCompletionSource();
        _store.BeforeRead = async (_, _, _) =>
        {
            await gate.Task;
            throw new IOException("The store is on fire.");
        };
        var first = ReadAsync(reader, "object", Block, 0, Block);
        var second = ReadAsync(reader, "object", Block, 5, 5);
        gate.SetResult();
        Assert.Equal("The store is on fire.", (await Assert.ThrowsAsync<IOException>(() => first)).Message);
        await Assert.ThrowsAsync<IOException>(() => second);
        Assert.Equal(0, reader.Bytes);
        Assert.Equal(0, _pool.Outstanding);

        _store.BeforeRead = null;
        Assert.Equal(body, await ReadAsync(reader, "object", Block, 0, Block));
    }

    [Fact]
    public async Task One_failed_load_of_several_gives_everything_back()
    {
        var reader = Open();
        await PutAsync("object", 40 * Block);
        _store.BeforeRead = (_, offset, _) => offset == 8 * Block ? throw new IOException("Only this one.") : Task.CompletedTask;
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(reader, "object", 40 * Block, 0, 24 * Block));
        Assert.True(reader.TryRead("object", 40 * Block, 0, 8 * Block, out var bytes));
        bytes.Dispose();
        Assert.False(reader.TryRead("object", 40 * Block, 8 * Block, 1, out _));
    }

    [Fact]
    public async Task A_missing_object_is_reported_as_the_store_does() =>
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => ReadAsync(Open(), "missing", 10, 0, 10));

    [Fact]
    public async Task An_object_that_is_shorter_than_it_should_be_is_corrupt()
    {
        await PutAsync("object", 100);
        var exception = await Assert.ThrowsAsync<CorruptObjectException>(() => ReadAsync(Open(), "object", 150, 0, 150));
        Assert.Equal(100, exception.Position);
    }

    [Fact]
    public async Task A_range_beyond_the_object_is_refused()
    {
        var reader = Open();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => ReadAsync(reader, "object", 100, 50, 51));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => ReadAsync(reader, "object", 100, -1, 5));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => ReadAsync(reader, "object", 100, 0, -1));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => ReadAsync(reader, "object", 100, long.MaxValue, 1));
        Assert.Equal(0, _store.Reads);
    }

    [Fact]
    public async Task Two_lengths_for_one_object_are_refused()
    {
        var reader = Open();
        await PutAsync("object", 100);
        await ReadAsync(reader, "object", 100, 0, 100);
        await Assert.ThrowsAsync<ArgumentException>(() => ReadAsync(reader, "object", 101, 0, 100));
    }

    [Fact]
    public async Task Nothing_of_an_object_is_read_without_the_store()
    {
        var reader = Open();
        Assert.Empty(await ReadAsync(reader, "missing", 100, 100, 0));
        Assert.Equal(0, _store.Reads);
    }

    [Fact]
    public async Task Try_read_answers_only_from_memory()
    {
        var reader = Open();
        var body = await PutAsync("object", 2 * Block);
        Assert.False(reader.TryRead("object", 2 * Block, 0, 10, out _));
        Assert.Equal(0, _store.Reads);
        await ReadAsync(reader, "object", 2 * Block, 0, 10);
        Assert.True(reader.TryRead("object", 2 * Block, 5, 100, out var bytes));
        Assert.Equal(body.AsSpan(5, 100).ToArray(), bytes.Bytes.ToArray());
        bytes.Dispose();
        Assert.False(reader.TryRead("object", 2 * Block, Block - 1, 2, out _));
    }

    [Fact]
    public async Task A_block_that_is_being_loaded_does_not_count_as_there()
    {
        var reader = Open();
        await PutAsync("object", Block);
        var gate = HoldReads();
        var read = ReadAsync(reader, "object", Block, 0, 10);
        Assert.False(reader.TryRead("object", Block, 0, 10, out _));
        gate.SetResult();
        await read;
        Assert.True(reader.TryRead("object", Block, 0, 10, out var bytes));
        bytes.Dispose();
    }

    [Fact]
    public async Task The_bytes_of_a_lease_outlive_their_eviction()
    {
        var reader = Open(blocks: 4);
        var body = await PutAsync("object", Block);
        await PutAsync("flood", 100 * Block);
        var lease = await reader.ReadAsync("object", Block, 0, Block, Cancellation);
        for (var block = 0; block < 100; block++)
            await ReadAsync(reader, "flood", 100 * Block, block * Block, Block);
        Assert.False(reader.TryRead("object", Block, 0, 1, out _));
        Assert.Equal(body, lease.Bytes.ToArray());
        lease.Dispose();
    }

    [Fact]
    public async Task A_lease_is_over_when_it_is_disposed()
    {
        var reader = Open();
        await PutAsync("object", Block);
        var lease = await reader.ReadAsync("object", Block, 0, Block, Cancellation);
        lease.Dispose();
        Assert.Throws<ObjectDisposedException>(() => lease.Bytes);
        Assert.Throws<InvalidOperationException>(lease.Dispose);
    }

    [Fact]
    public async Task A_removed_object_is_loaded_again()
    {
        var reader = Open();
        await PutAsync("object", 3 * Block);
        await ReadAsync(reader, "object", 3 * Block, 0, 3 * Block);
        reader.Remove("object");
        reader.Remove("never there");
        Assert.Equal(0, reader.Bytes);
        Assert.Equal(0, _pool.Outstanding);
        await ReadAsync(reader, "object", 3 * Block, 0, 3 * Block);
        Assert.Equal(2, _store.Reads);
    }

    [Fact]
    public async Task All_objects_under_a_prefix_are_removed_and_no_others()
    {
        var reader = Open();
        foreach (var key in (string[])["a/b/1", "a/b/2", "a/bc"])
        {
            await PutAsync(key, Block);
            await ReadAsync(reader, key, Block, 0, Block);
        }

        reader.RemoveUnder("a/b/");
        Assert.Equal([false, false, true], ((string[])["a/b/1", "a/b/2", "a/bc"]).Select(key => IsThere(reader, key)));

        static bool IsThere(CachedObjectReader reader, string key)
        {
            var isThere = reader.TryRead(key, Block, 0, 1, out var bytes);
            bytes?.Dispose();
            return isThere;
        }
    }

    [Fact]
    public async Task An_object_removed_during_its_load_reaches_those_who_wait_but_not_the_cache()
    {
        var reader = Open();
        var body = await PutAsync("object", Block);
        var gate = HoldReads();
        var read = ReadAsync(reader, "object", Block, 0, Block);
        reader.Remove("object");
        gate.SetResult();
        Assert.Equal(body, await read);
        Assert.False(reader.TryRead("object", Block, 0, 1, out _));
        Assert.Equal(0, reader.Bytes);
    }

    [Fact]
    public async Task Disposal_ends_a_load_and_tells_those_who_wait()
    {
        var reader = Open();
        await PutAsync("object", Block);
        var gate = HoldReads();
        var read = ReadAsync(reader, "object", Block, 0, Block);
        var disposal = reader.DisposeAsync().AsTask();
        Assert.False(disposal.IsCompleted);
        gate.SetResult();
        await disposal;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => ReadAsync(reader, "object", Block, 0, Block));
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Open(new CacheOptions { CapacityBytes = 1_000_000, BlockBytes = 5000 }));
        Assert.Throws<ArgumentException>(() => Open(new CacheOptions { CapacityBytes = 1_000_000, BlockBytes = 2048 }));
        Assert.Throws<ArgumentException>(() => Open(new CacheOptions { CapacityBytes = Block, BlockBytes = Block, MaxLoadBytes = 8 * Block, SmallObjectBytes = 0 }));
    }

    [Fact]
    public async Task What_is_in_memory_of_a_region_is_counted_without_reading_it()
    {
        var reader = Open();
        await PutAsync("object", 2_000_000);
        var region = ObjectRegion.Whole("object", 2_000_000);
        Assert.Equal(0, reader.CountBytes(region));

        await ReadAsync(reader, "object", 2_000_000, 3 * Block, Block);
        var misses = reader.Misses;

        Assert.InRange(reader.CountBytes(region), Block, 1_999_999);
        Assert.Equal(Block, reader.CountBytes(new ObjectRegion("object", 2_000_000, 3 * Block, 4 * Block)));
        Assert.Equal(0, reader.CountBytes(new ObjectRegion("object", 2_000_000, 1_900_000, 2_000_000)));
        Assert.Equal((0, misses), (reader.Hits, reader.Misses));
    }

    private static CacheOptions OptionsOf(int blocks) =>
        new() { CapacityBytes = blocks * (Block + CacheEntry.OverheadBytes), BlockBytes = Block, MaxLoadBytes = 8 * Block, SmallObjectBytes = 0 };

    private CachedObjectReader Open(int blocks = 100) => Open(OptionsOf(blocks));

    private CachedObjectReader Open(CacheOptions options)
    {
        var reader = new CachedObjectReader(_store, _store, options, TimeProvider.System, _pool);
        _readers.Add(reader);
        return reader;
    }

    private async Task<byte[]> PutAsync(string key, int length)
    {
        var body = Bodies.Random(length, seed: key.Length);
        await _store.PutAsync(key, Bodies.Whole(body), PutCondition.None, Cancellation);
        return body;
    }

    private TaskCompletionSource HoldReads()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.BeforeRead = (_, _, _) => gate.Task;
        return gate;
    }

    private static async Task<byte[]> ReadAsync(CachedObjectReader reader, string key, long objectLength, long position, int length)
    {
        using var lease = await reader.ReadAsync(key, objectLength, position, length, Cancellation);
        return lease.Bytes.ToArray();
    }
}
