using System.Buffers;
using CsCheck;
using Kafscale.Storage.Caching;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.Caching;

/// <summary>What is loaded before somebody asks for it, and what catch-up reads may take from others.</summary>
public sealed class ReadAheadTests : IAsyncDisposable
{
    private const int Block = 4096;
    private const int CapacityBlocks = 128;
    private const int AheadBlocks = CapacityBlocks / 4;

    private readonly InterceptedStore _tailStore = new();
    private readonly InterceptedStore _catchUpStore = new();
    private readonly TrackingPool _pool = new();
    private readonly FakeTimeProvider _time = new();
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

    [Fact]
    public async Task What_was_read_ahead_is_there_when_it_is_asked_for_and_is_loaded_once()
    {
        var reader = Open();
        var body = await PutAsync("object", 32 * Block);
        Assert.True(reader.ReadAhead(Whole("object", 32), 0, 16 * Block));
        Assert.True(reader.ReadAhead(Whole("object", 32), 8 * Block, 24 * Block));
        for (var position = 0; position < 24 * Block; position += 1000)
            Assert.Equal(body.AsSpan(position, 1000).ToArray(), await ReadAsync(reader, "object", 32, position, 1000, ReadKind.CatchUp));
        Assert.Equal(25 * Block, _catchUpStore.BytesRead);
        Assert.Equal(24 * Block, reader.ReadAheadBytes);
        Assert.Equal(24 * Block, reader.UsedReadAheadBytes);
        Assert.Equal(0, reader.WastedReadAheadBytes);
    }

    [Fact]
    public async Task A_reader_waits_for_what_is_being_read_ahead_instead_of_loading_it()
    {
        var reader = Open();
        var body = await PutAsync("object", 16 * Block);
        var gate = new TaskCompletionSource();
        _catchUpStore.BeforeRead = (_, _, _) => gate.Task;
        Assert.True(reader.ReadAhead(Whole("object", 16), 0, 8 * Block));
        var read = ReadAsync(reader, "object", 16, Block, Block, ReadKind.Tail);
        Assert.False(read.IsCompleted);
        gate.SetResult();
        Assert.Equal(body.AsSpan(Block, Block).ToArray(), await read);
        Assert.Equal(1, _catchUpStore.Reads);
        Assert.Equal(0, _tailStore.Reads);
    }

    [Fact]
    public async Task A_failed_load_ahead_tells_nobody_and_is_tried_again_by_whoever_asks()
    {
        var reader = Open();
        var body = await PutAsync("object", 16 * Block);
        _catchUpStore.BeforeRead = (_, _, _) => throw new IOException("Not now.");
        Assert.True(reader.ReadAhead(Whole("object", 16), 0, 8 * Block));
        _catchUpStore.BeforeRead = null;
        Assert.Equal(8 * Block, reader.WastedReadAheadBytes);
        Assert.Equal(body.AsSpan(0, Block).ToArray(), await ReadAsync(reader, "object", 16, 0, Block, ReadKind.CatchUp));
    }

    [Fact]
    public async Task What_is_ahead_has_a_quarter_of_the_cache_and_stays_until_it_is_used()
    {
        var reader = Open();
        var body = await PutAsync("object", 64 * Block);
        await PutAsync("flood", 10 * CapacityBlocks * Block);
        Assert.False(reader.ReadAhead(Whole("object", 64), 0, (AheadBlocks + 8) * Block));
        Assert.Equal(AheadBlocks * Block, _catchUpStore.BytesRead);
        for (var block = 0; block < 10 * CapacityBlocks; block++)
            await ReadAsync(reader, "flood", 10 * CapacityBlocks, block * Block, Block, ReadKind.CatchUp);
        Assert.True(reader.TryRead(Whole("object", 64), 0, AheadBlocks * Block, out var bytes));
        Assert.Equal(body.AsSpan(0, AheadBlocks * Block).ToArray(), bytes.Bytes.ToArray());
        bytes.Dispose();
    }

    [Fact]
    public async Task What_nobody_comes_for_makes_room_after_a_while()
    {
        var reader = Open();
        await PutAsync("left", 64 * Block);
        await PutAsync("object", 64 * Block);
        Assert.True(reader.ReadAhead(Whole("left", 64), 0, AheadBlocks * Block));
        Assert.False(reader.ReadAhead(Whole("object", 64), 0, 8 * Block));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(reader.ReadAhead(Whole("object", 64), 0, 8 * Block));
        Assert.Equal(8 * Block, reader.WastedReadAheadBytes);
        Assert.True(reader.TryRead(Whole("object", 64), 0, 8 * Block, out var bytes));
        bytes.Dispose();
    }

    [Fact]
    public async Task What_a_reader_has_begun_but_not_come_to_the_end_of_stays()
    {
        var reader = Open();
        await PutAsync("object", 8 * Block);
        await PutAsync("flood", 4 * CapacityBlocks * Block);
        reader.ReadAhead(Whole("object", 8), 0, 8 * Block);
        for (var block = 0; block < 8; block++)
        {
            await ReadAsync(reader, "object", 8, block * Block, Block, ReadKind.CatchUp);
            for (var flooded = 0; flooded < CapacityBlocks / 2; flooded++)
                await ReadAsync(reader, "flood", 4 * CapacityBlocks, ((block * CapacityBlocks / 2) + flooded) * Block, Block, ReadKind.CatchUp);
        }

        Assert.Equal((8 + (4 * CapacityBlocks)) * Block, _catchUpStore.BytesRead);
    }

    [Fact]
    public async Task Each_kind_of_read_takes_its_own_way_to_the_store()
    {
        var reader = Open();
        await PutAsync("object", 8 * Block);
        await ReadAsync(reader, "object", 8, 0, Block, ReadKind.Tail);
        await ReadAsync(reader, "object", 8, Block, Block, ReadKind.CatchUp);
        reader.ReadAhead(Whole("object", 8), 2 * Block, 3 * Block);
        Assert.Equal((1, 2), (_tailStore.Reads, _catchUpStore.Reads));
    }

    [Fact]
    public async Task Catch_up_reads_that_wait_for_the_store_hold_no_more_than_their_share()
    {
        var reader = Open();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _catchUpStore.BeforeRead = (_, _, _) => gate.Task;
        await PutAsync("object", CapacityBlocks * 4 * Block);
        var reads = Enumerable.Range(0, CapacityBlocks)
            .Select(i => ReadAsync(reader, "object", CapacityBlocks * 4, i * 4 * Block, 4 * Block, ReadKind.CatchUp))
            .ToList();
        Assert.InRange(reader.Bytes, 1, CapacityBlocks / 8 * (Block + CacheEntry.OverheadBytes));

        // Those of the tail do not wait for them.
        var tail = await ReadAsync(reader, "object", CapacityBlocks * 4, (CapacityBlocks * 4 - 1) * Block, Block, ReadKind.Tail);
        Assert.Equal(Block, tail.Length);
        gate.SetResult();
        await Task.WhenAll(reads);
    }

    [Fact]
    public async Task A_catch_up_read_that_gives_up_waiting_for_its_turn_lets_the_others_go_on()
    {
        var reader = Open();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _catchUpStore.BeforeRead = (_, _, _) => gate.Task;
        await PutAsync("object", 64 * Block);
        var first = ReadAsync(reader, "object", 64, 0, 16 * Block, ReadKind.CatchUp);
        using var givingUp = new CancellationTokenSource();
        var second = reader.ReadAsync(Whole("object", 64), 16 * Block, 16 * Block, ReadKind.CatchUp, isExact: false, givingUp.Token).AsTask();
        var third = ReadAsync(reader, "object", 64, 32 * Block, 16 * Block, ReadKind.CatchUp);
        await givingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        gate.SetResult();
        await Task.WhenAll(first, third);
        Assert.Equal(32 * Block, _catchUpStore.BytesRead);
    }

    [Fact]
    public async Task The_slices_of_an_object_that_many_read_take_few_loads()
    {
        const int Slices = 200;
        const int SliceBytes = 1000;
        const int ObjectBytes = Slices * SliceBytes;
        var reader = Open();
        var body = await PutAsync("wal", ObjectBytes);
        for (var i = 0; i < Slices; i++)
        {
            var slice = new ObjectRegion("wal", ObjectBytes, i * SliceBytes, (i + 1) * SliceBytes);
            using var lease = await reader.ReadAsync(slice, slice.Start, SliceBytes, ReadKind.CatchUp, isExact: false, Cancellation);
            Assert.Equal(body.AsSpan(i * SliceBytes, SliceBytes).ToArray(), lease.Bytes.ToArray());
        }

        Assert.InRange(_catchUpStore.Reads, 1, 20);
        Assert.Equal(ObjectBytes, _catchUpStore.BytesRead);
    }

    [Fact]
    public async Task The_reader_of_one_slice_loads_nothing_of_others()
    {
        var reader = Open();
        await PutAsync("wal", 100 * Block);
        var slice = new ObjectRegion("wal", 100 * Block, 10_001, 12_345);
        using var lease = await reader.ReadAsync(slice, 10_101, 100, ReadKind.CatchUp, isExact: false, Cancellation);
        Assert.Equal(slice.End - slice.Start, _catchUpStore.BytesRead);
    }

    [Fact]
    public async Task What_is_read_exactly_is_loaded_without_the_block_around_it()
    {
        var reader = Open();
        await PutAsync("object", 8 * Block);
        using var lease = await reader.ReadAsync(Whole("object", 8), Block + 100, 200, ReadKind.CatchUp, isExact: true, Cancellation);
        Assert.Equal((1, 200), (_catchUpStore.Reads, _catchUpStore.BytesRead));
    }

    [Fact]
    public async Task What_is_read_ahead_begins_where_the_reader_is()
    {
        var reader = Open();
        await PutAsync("object", 8 * Block);
        Assert.True(reader.ReadAhead(Whole("object", 8), (2 * Block) - 100, 2 * Block));
        using var lease = await reader.ReadAsync(Whole("object", 8), (2 * Block) - 100, 100, ReadKind.CatchUp, isExact: true, Cancellation);
        Assert.Equal((1, Block), (_catchUpStore.Reads, _catchUpStore.BytesRead));
    }

    [Fact]
    public async Task Small_objects_are_loaded_as_a_whole()
    {
        var reader = Open(smallObjectBytes: 8 * Block);
        await PutAsync("wal", 8 * Block);
        var slice = new ObjectRegion("wal", 8 * Block, 100, 200);
        using var lease = await reader.ReadAsync(slice, 100, 100, ReadKind.CatchUp, isExact: false, Cancellation);
        Assert.Equal((1, 8 * Block), (_catchUpStore.Reads, _catchUpStore.BytesRead));
    }

    [Fact]
    public async Task Whatever_is_read_and_read_ahead_in_any_order_the_bytes_are_right_and_nothing_is_lost()
    {
        const int ObjectBytes = 60 * Block;
        var bodies = new[] { await PutAsync("a", ObjectBytes), await PutAsync("b", ObjectBytes) };
        var step = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 1], Gen.Int[0, ObjectBytes - 1], Gen.Int[1, 20 * Block], Gen.Bool, Gen.Bool);
        await step.Array[1, 60].SampleAsync(async steps =>
        {
            await using var reader = new CachedObjectReader(_tailStore, _catchUpStore, OptionsOf(0, capacityBlocks: 32), _time, _pool);
            foreach (var (what, number, position, wanted, isTail, isExact) in steps)
            {
                var region = ObjectRegion.Whole(number == 0 ? "a" : "b", ObjectBytes);
                var length = Math.Min(wanted, ObjectBytes - position);
                switch (what)
                {
                    case 0:
                        reader.ReadAhead(region, position, position + length);
                        break;
                    case 1:
                        _time.Advance(TimeSpan.FromSeconds(40));
                        reader.Remove(region.Key);
                        break;
                    default:
                        using (var lease = await reader.ReadAsync(region, position, length, isTail ? ReadKind.Tail : ReadKind.CatchUp, isExact, Cancellation))
                            Assert.True(lease.Bytes.ToArray().AsSpan().SequenceEqual(bodies[number].AsSpan(position, length)));
                        break;
                }

                Assert.InRange(reader.Bytes, 0, 32 * (Block + CacheEntry.OverheadBytes));
            }
        }, iter: 300);
    }

    private static ObjectRegion Whole(string key, int blocks) => ObjectRegion.Whole(key, blocks * Block);

    private static CacheOptions OptionsOf(int smallObjectBytes, int capacityBlocks = CapacityBlocks) => new()
    {
        CapacityBytes = capacityBlocks * (Block + CacheEntry.OverheadBytes),
        BlockBytes = Block,
        MaxLoadBytes = 8 * Block,
        SmallObjectBytes = smallObjectBytes,
    };

    private CachedObjectReader Open(int smallObjectBytes = 0)
    {
        var reader = new CachedObjectReader(_tailStore, _catchUpStore, OptionsOf(smallObjectBytes), _time, _pool);
        _readers.Add(reader);
        return reader;
    }

    private async Task<byte[]> PutAsync(string key, int length)
    {
        var body = Bodies.Random(length, seed: key.Length);
        await _tailStore.PutAsync(key, Bodies.Whole(body), PutCondition.None, Cancellation);
        await _catchUpStore.PutAsync(key, Bodies.Whole(body), PutCondition.None, Cancellation);
        return body;
    }

    private static async Task<byte[]> ReadAsync(CachedObjectReader reader, string key, int blocks, int position, int length, ReadKind kind)
    {
        using var lease = await reader.ReadAsync(Whole(key, blocks), position, length, kind, isExact: false, Cancellation);
        return lease.Bytes.ToArray();
    }
}
