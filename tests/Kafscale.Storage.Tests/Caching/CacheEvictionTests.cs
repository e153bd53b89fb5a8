using System.Buffers;
using CsCheck;
using Kafscale.Storage.Caching;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests.Caching;

/// <summary>What stays in the cache, and what goes.</summary>
public sealed class CacheEvictionTests : IAsyncDisposable
{
    private const int Block = 4096;
    private const int CapacityBlocks = 64;
    private const int BlockCharge = Block + CacheEntry.OverheadBytes;
    private const long ScanLength = 4L * CapacityBlocks * Block;

    private readonly InterceptedStore _store = new();
    private readonly TrackingPool _pool = new();
    private readonly CachedObjectReader _reader;
    private readonly List<TrackingOwner> _owners = [];

    public CacheEvictionTests() =>
        _reader = new CachedObjectReader(
            _store, _store, new CacheOptions { CapacityBytes = CapacityBlocks * BlockCharge, BlockBytes = Block, MaxLoadBytes = 8 * Block, SmallObjectBytes = 0 }, TimeProvider.System, _pool);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Every test ends with this: whatever happened, all memory is back with its owner.</summary>
    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        Assert.Equal(0, _pool.Outstanding);
        Assert.All(_owners, owner => Assert.Equal(1, owner.References));
    }

    [Fact]
    public async Task Bytes_never_exceed_the_capacity()
    {
        await PutAsync("scan", (int)ScanLength);
        for (long position = 0; position < ScanLength; position += Block)
        {
            await ReadAsync("scan", ScanLength, position, Block);
            Assert.InRange(_reader.Bytes, 0, CapacityBlocks * BlockCharge);
            Assert.InRange(_pool.Outstanding, 0, CapacityBlocks);
        }

        Assert.True(_reader.Evictions > 0);
    }

    [Fact]
    public async Task A_range_larger_than_the_cache_is_read_all_the_same()
    {
        await PutAsync("scan", (int)ScanLength);
        await ReadAsync("scan", ScanLength, 0, (int)ScanLength);
        Assert.InRange(_reader.Bytes, 0, CapacityBlocks * BlockCharge);
    }

    [Fact]
    public async Task A_scan_does_not_push_out_what_is_used_again_and_again()
    {
        await PutAsync("scan", (int)ScanLength);
        await PutAsync("hot", 8 * Block);
        var scanned = 0L;
        for (var round = 0; round < 20; round++)
        {
            await ReadAsync("hot", 8 * Block, 0, 8 * Block);
            await ScanAsync(blocks: 4);
        }

        var loadsBefore = _reader.Loads;
        for (var round = 0; round < 40; round++)
        {
            await ScanAsync(blocks: 4);
            await ReadAsync("hot", 8 * Block, 0, 8 * Block);
        }

        Assert.Equal(loadsBefore + (40 * 4), _reader.Loads);

        // A consumer reads a block in several small fetches.
        async Task ScanAsync(int blocks)
        {
            for (var i = 0; i < blocks * 4; i++, scanned += Block / 4)
                await ReadAsync("scan", ScanLength, scanned % ScanLength, Block / 4);
        }
    }

    [Fact]
    public async Task A_scan_alone_stays_on_probation_however_small_its_reads_are()
    {
        await PutAsync("scan", (int)ScanLength);
        await PutAsync("hot", 8 * Block);

        // Loaded again soon after its eviction: that makes it protected.
        await ReadAsync("hot", 8 * Block, 0, 8 * Block);
        await ScanAsync(from: 0, blocks: 80);
        await ReadAsync("hot", 8 * Block, 0, 8 * Block);
        await ScanAsync(from: 80, blocks: 170);
        Assert.True(_reader.TryRead("hot", 8 * Block, 0, 8 * Block, out var hot));
        hot.Dispose();

        async Task ScanAsync(int from, int blocks)
        {
            for (var position = (long)from * Block; position < (long)(from + blocks) * Block; position += Block / 8)
                await ReadAsync("scan", ScanLength, position, Block / 8);
        }
    }

    [Fact]
    public async Task Of_the_protected_blocks_those_that_are_still_read_stay()
    {
        await PutAsync("scan", (int)ScanLength);
        await PutAsync("hot", 40 * Block);
        await PutAsync("once-hot", 40 * Block);

        // All become protected by being loaded again soon after their eviction.
        for (var round = 0; round < 2; round++)
        {
            for (var block = 0; block < 20; block++)
            {
                await ReadAsync("hot", 40 * Block, block * Block, Block);
                await ReadAsync("once-hot", 40 * Block, block * Block, Block);
            }

            await ScanAsync(from: round * 80, blocks: 80);
        }

        var hotLoads = 0;
        _store.BeforeRead = (key, _, _) =>
        {
            hotLoads += key == "hot" ? 1 : 0;
            return Task.CompletedTask;
        };

        // More and more protected blocks come, and only some of the old ones are read.
        for (var block = 20; block < 40; block++)
        {
            await ReadAsync("once-hot", 40 * Block, block * Block, Block);
            await ScanAsync(from: 160 + (block % 2 * 20), blocks: 20);
            await ReadAsync("once-hot", 40 * Block, block * Block, Block);
            for (var hotBlock = 0; hotBlock < 20; hotBlock++)
                await ReadAsync("hot", 40 * Block, hotBlock * Block, Block);
        }

        Assert.Equal(0, hotLoads);
        Assert.False(_reader.TryRead("once-hot", 40 * Block, 0, Block, out _));

        async Task ScanAsync(int from, int blocks)
        {
            for (var block = from; block < from + blocks; block++)
                await ReadAsync("scan", ScanLength, (long)block * Block, Block);
        }
    }

    [Fact]
    public void An_inserted_object_is_served_without_the_store_and_without_a_copy()
    {
        var body = Bodies.Random(3 * Block);
        var owner = Insert("fresh", body, segmentLength: 100);
        Assert.Equal(2, owner.References);
        Assert.True(_reader.TryRead("fresh", body.Length, 10, 10_000, out var bytes));
        Assert.Equal(body.AsSpan(10, 10_000).ToArray(), bytes.Bytes.ToArray());
        body[10] ^= 0xFF;
        Assert.Equal(body[10], bytes.Bytes.FirstSpan[0]);
        bytes.Dispose();
        Assert.Equal(0, _store.Reads);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public void Any_range_of_an_inserted_object_is_the_right_one(int segmentLength)
    {
        var body = Bodies.Random(500);
        Insert("fresh", body, segmentLength);
        Gen.Select(Gen.Int[0, 499], Gen.Int[0, 500]).Sample((position, wantedLength) =>
        {
            var length = Math.Min(wantedLength, 500 - position);
            Assert.True(_reader.TryRead("fresh", 500, position, length, out var bytes));
            Assert.Equal(body.AsSpan(position, length).ToArray(), bytes.Bytes.ToArray());
            Assert.Equal(length, bytes.Bytes.Length);
            bytes.Dispose();
        });
    }

    [Fact]
    public void An_inserted_object_may_begin_and_end_inside_segments()
    {
        var memory = Bodies.Random(1000);
        var owner = new TrackingOwner(memory);
        _owners.Add(owner);
        _reader.Insert("fresh", Bodies.InSegments(memory, 64).Slice(100, 500), owner);
        Assert.True(_reader.TryRead("fresh", 500, 0, 500, out var whole));
        Assert.Equal(memory.AsSpan(100, 500).ToArray(), whole.Bytes.ToArray());
        whole.Dispose();
        Assert.True(_reader.TryRead("fresh", 500, 499, 1, out var last));
        Assert.Equal(memory.AsSpan(599, 1).ToArray(), last.Bytes.ToArray());
        last.Dispose();
    }

    [Fact]
    public void Inserted_objects_go_oldest_first_and_their_owners_get_them_back()
    {
        var owners = Enumerable.Range(0, 100).Select(i => Insert($"fresh-{i:D3}", Bodies.Random(Block), 1000)).ToArray();
        for (var i = 0; i < 100; i++)
        {
            var isThere = _reader.TryRead($"fresh-{i:D3}", Block, 0, 1, out var bytes);
            bytes?.Dispose();
            Assert.Equal(i >= 100 - CapacityBlocks, isThere);
            Assert.Equal(isThere ? 2 : 1, owners[i].References);
        }
    }

    [Fact]
    public void A_lease_keeps_an_inserted_object_from_its_owner()
    {
        var owner = Insert("fresh", Bodies.Random(Block), 1000);
        Assert.True(_reader.TryRead("fresh", Block, 0, Block, out var bytes));
        _reader.Remove("fresh");
        Assert.Equal(2, owner.References);
        bytes.Dispose();
        Assert.Equal(1, owner.References);
    }

    [Fact]
    public async Task A_scan_leaves_the_hot_tail_half_of_the_cache()
    {
        for (var i = 0; i < CapacityBlocks; i++)
            Insert($"fresh-{i:D3}", Bodies.Random(Block), 1000);
        await PutAsync("scan", (int)ScanLength);
        for (long position = 0; position < ScanLength; position += Block)
            await ReadAsync("scan", ScanLength, position, Block);
        Assert.Equal(CapacityBlocks / 2, CountThere());

        int CountThere() => Enumerable.Range(0, CapacityBlocks).Count(i =>
        {
            var isThere = _reader.TryRead($"fresh-{i:D3}", Block, 0, 1, out var bytes);
            bytes?.Dispose();
            return isThere;
        });
    }

    [Fact]
    public async Task Fresh_objects_leave_what_was_loaded_half_of_the_cache()
    {
        await PutAsync("loaded", CapacityBlocks * Block);
        for (var block = 0; block < CapacityBlocks; block++)
            await ReadAsync("loaded", CapacityBlocks * Block, block * Block, Block);
        for (var i = 0; i < 1000; i++)
            Insert($"fresh-{i}", Bodies.Random(Block), 1000);
        var loadedThere = Enumerable.Range(0, CapacityBlocks).Count(block =>
        {
            var isThere = _reader.TryRead("loaded", CapacityBlocks * Block, block * Block, Block, out var bytes);
            bytes?.Dispose();
            return isThere;
        });
        Assert.Equal(CapacityBlocks / 2, loadedThere);
    }

    [Fact]
    public async Task An_insertion_replaces_what_was_loaded_of_the_object()
    {
        var body = await PutAsync("object", 2 * Block);
        await ReadAsync("object", 2 * Block, 0, 10);
        Insert("object", (byte[])body.Clone(), 100);
        Assert.Equal(0, _pool.Outstanding);
        Assert.True(_reader.TryRead("object", 2 * Block, 0, 2 * Block, out var bytes));
        Assert.Equal(body, bytes.Bytes.ToArray());
        bytes.Dispose();
    }

    [Fact]
    public async Task An_insertion_during_a_load_wins_and_the_load_reaches_those_who_wait()
    {
        var body = await PutAsync("object", Block);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.BeforeRead = (_, _, _) => gate.Task;
        var read = ReadAsync("object", Block, 0, Block);
        Insert("object", (byte[])body.Clone(), 100);
        gate.SetResult();
        Assert.Equal(body, await read);
        Assert.True(_reader.TryRead("object", Block, 0, Block, out var bytes));
        bytes.Dispose();
        Assert.Equal(BlockCharge, _reader.Bytes);
    }

    [Fact]
    public void An_object_larger_than_the_cache_is_not_inserted()
    {
        var owner = Insert("huge", new byte[(CapacityBlocks * 2 * Block)], 100_000);
        Assert.Equal(1, owner.References);
        Assert.Equal(0, _reader.Bytes);
    }

    [Fact]
    public async Task Many_threads_see_only_right_bytes_and_leave_nothing_behind()
    {
        const int Objects = 12;
        const int Length = 20 * Block;
        var bodies = new byte[Objects][];
        for (var i = 0; i < Objects; i++)
            bodies[i] = await PutAsync(Name(i), Length + i);
        _store.BeforeRead = async (_, offset, _) =>
        {
            await Task.Yield();
            if (offset / Block % 17 == 13)
                throw new IOException("Now and then.");
        };
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            var held = new Queue<(ObjectBytes Lease, byte[] Body, int Position, int Length)>();
            for (var i = 0; i < 3000; i++)
            {
                var number = random.Next(Objects);
                var body = bodies[number];
                switch (random.Next(20))
                {
                    case 0:
                        _reader.Remove(Name(number));
                        break;
                    case 1:
                        var copy = (byte[])body.Clone();
                        var owner = new TrackingOwner(copy);
                        lock (_owners)
                            _owners.Add(owner);
                        _reader.Insert(Name(number), Bodies.InSegments(copy, 3000), owner);
                        break;
                    default:
                        var position = random.Next(body.Length);
                        var length = random.Next(Math.Min(5 * Block, body.Length - position));
                        using (var givingUp = new CancellationTokenSource())
                        {
                            var read = _reader.ReadAsync(Name(number), body.Length, position, length, givingUp.Token).AsTask();
                            if (random.Next(10) == 0)
                                await givingUp.CancelAsync();
                            try
                            {
                                held.Enqueue((await read, body, position, length));
                            }
                            catch (Exception exception) when (exception is IOException or OperationCanceledException)
                            {
                            }
                        }

                        break;
                }

                while (held.Count > (i == 2999 ? 0 : 3))
                {
                    var (lease, expected, position, length) = held.Dequeue();
                    Assert.True(lease.Bytes.ToArray().AsSpan().SequenceEqual(expected.AsSpan(position, length)));
                    lease.Dispose();
                }
            }
        })));
        Assert.InRange(_reader.Bytes, 0, CapacityBlocks * BlockCharge);

        static string Name(int number) => $"object-{number:D2}";
    }

    private TrackingOwner Insert(string key, byte[] body, int segmentLength)
    {
        var owner = new TrackingOwner(body);
        _owners.Add(owner);
        _reader.Insert(key, Bodies.InSegments(body, segmentLength), owner);
        return owner;
    }

    private async Task<byte[]> PutAsync(string key, int length)
    {
        var body = Bodies.Random(length, seed: key.GetHashCode(StringComparison.Ordinal));
        await _store.PutAsync(key, Bodies.Whole(body), PutCondition.None, Cancellation);
        return body;
    }

    private async Task<byte[]> ReadAsync(string key, long objectLength, long position, int length)
    {
        using var lease = await _reader.ReadAsync(key, objectLength, position, length, Cancellation);
        return lease.Bytes.ToArray();
    }
}
