using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol.Records;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.Fetching;

/// <summary>What readers of older records ask of the object store: every byte once, in few requests.</summary>
public sealed class CatchUpTests(ITestOutputHelper output) : IAsyncDisposable
{
    private const int KiB = 1024;
    private const int MiB = 1024 * KiB;
    private const double MostReadPerByte = 1.1;

    private readonly ReadCountingStore _store = new(new MemoryObjectStore(TimeProvider.System));
    private TestCluster? _cluster;

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(64 * MiB, 64 * MiB, 512 * KiB, 1 * MiB)]
    [InlineData(64 * MiB, 16 * MiB, 512 * KiB, 1 * MiB)]
    [InlineData(64 * MiB, 16 * MiB, 10 * KiB, 1 * MiB)]
    [InlineData(64 * MiB, 16 * MiB, 5 * MiB, 1 * MiB)]
    [InlineData(64 * MiB, 16 * MiB, 512 * KiB, 50 * MiB)]
    [InlineData(64 * MiB, 16 * MiB, 100 * KiB, 64 * KiB)]
    [InlineData(8 * MiB, 4 * MiB, 100, 1 * MiB)]
    [InlineData(16 * MiB, 1 * MiB, 50 * KiB, 1 * MiB)]
    public async Task Segments_are_read_once_in_large_pieces(int totalBytes, int segmentBytes, int batchBytes, int maxBytes)
    {
        var broker = await PrepareAsync(1, totalBytes, segmentBytes, batchBytes, isMerged: true);
        var read = await ReadToEndAsync(broker.Log("t"), broker, maxBytes);
        Report(read);
        Assert.InRange(_store.Bytes, 0, read * MostReadPerByte);
        Assert.Equal(0, _store.BytesReadAgain);

        // A few until it is known that somebody reads on, then the largest loads, and what is left at the end of each segment.
        Assert.InRange(_store.Reads, 1, 8 + (2 * _store.Objects) + (read / (8 * MiB)));
        Assert.Equal(0, _store.IndexReads);
    }

    [Theory]
    [InlineData(1, 32 * MiB, 512 * KiB, 1 * MiB)]
    [InlineData(1, 16 * MiB, 5 * MiB, 1 * MiB)]
    [InlineData(10, 64 * MiB, 100 * KiB, 1 * MiB)]
    [InlineData(50, 64 * MiB, 20 * KiB, 200 * KiB)]
    public async Task Slices_are_read_once_where_all_partitions_are_read(int partitions, int totalBytes, int batchBytes, int maxBytes)
    {
        var broker = await PrepareAsync(partitions, totalBytes, 2_000 * MiB, batchBytes, isMerged: false);
        var reads = await Task.WhenAll(Enumerable.Range(0, partitions).Select(partition => ReadToEndAsync(broker.Log("t", partition), broker, maxBytes)));
        Report(reads.Sum());
        Assert.InRange(_store.Bytes, 0, reads.Sum() * MostReadPerByte);
        Assert.Equal(0, _store.BytesReadAgain);
    }

    [Fact]
    public async Task A_reader_of_one_partition_loads_little_of_what_its_wal_objects_hold_of_others()
    {
        var broker = await PrepareAsync(20, 64 * MiB, 2_000 * MiB, 200 * KiB, isMerged: false);
        var read = await ReadToEndAsync(broker.Log("t", 7), broker, MiB);
        Report(read);

        // Little but what came along in small objects.
        Assert.InRange(_store.Bytes, 0, read * 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ten_readers_at_the_same_place_read_as_much_as_one(bool isMerged)
    {
        var broker = await PrepareAsync(1, 64 * MiB, isMerged ? 16 * MiB : 2_000 * MiB, 256 * KiB, isMerged, cacheBytes: 32 * MiB);
        var log = broker.Log("t");
        var read = 0L;
        for (var offset = 0L; offset < log.HighWatermark;)
        {
            var fetched = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => broker.Node.Services.Reader.ReadAsync(log, offset, MiB, true, TestCluster.Cancelled).AsTask()));
            read += fetched[0].Length;
            offset = fetched[0].NextOffset;
            Assert.All(fetched, records => Assert.Equal(offset, records.NextOffset));
            foreach (var records in fetched)
            {
                records.Dispose();
            }
        }

        Report(read);

        // Whoever comes late on a busy machine may find that what the others have shared had no room to stay.
        Assert.InRange(_store.Bytes, 0, read * 1.5);
    }

    [Fact]
    public async Task Many_partitions_that_are_read_in_turn_are_read_once()
    {
        var broker = await PrepareAsync(40, 160 * MiB, 2 * MiB, 100 * KiB, isMerged: true);
        var offsets = new long[40];
        var total = 0L;
        while (true)
        {
            var before = total;
            for (var partition = 0; partition < offsets.Length; partition++)
            {
                var log = broker.Log("t", partition);
                using var records = await broker.Node.Services.Reader.ReadAsync(log, offsets[partition], MiB, true, TestCluster.Cancelled);
                total += records.Length;
                offsets[partition] = Math.Max(offsets[partition], records.NextOffset);
            }

            if (total == before)
            {
                break;
            }
        }

        Report(total);
        Assert.InRange(_store.Bytes, 0, total * MostReadPerByte);
    }

    [Theory]
    [InlineData(1024 * KiB)]
    [InlineData(256 * KiB)]
    [InlineData(128 * KiB)]
    public async Task Each_byte_is_read_once_also_where_the_cache_has_no_room_for_what_is_ahead_of_all_positions(int maxBytes)
    {
        const int Partitions = 64;
        const int AtATime = 8;
        var broker = await PrepareAsync(Partitions, 130 * MiB, 2 * MiB, 20 * KiB, isMerged: true, cacheBytes: 16 * MiB);
        var offsets = new long[Partitions];
        var total = 0L;
        while (true)
        {
            var before = total;
            foreach (var some in Enumerable.Range(0, Partitions).Chunk(AtATime))
            {
                await Task.WhenAll(some.Select(ReadAsync));
            }

            if (total == before)
            {
                break;
            }
        }

        Report(total);
        Assert.InRange(_store.Bytes, 0, total * MostReadPerByte);

        async Task ReadAsync(int partition)
        {
            using var records = await broker.Node.Services.Reader.ReadAsync(broker.Log("t", partition), offsets[partition], maxBytes, true, TestCluster.Cancelled);
            Interlocked.Add(ref total, records.Length);
            offsets[partition] = Math.Max(offsets[partition], records.NextOffset);
        }
    }

    [Fact]
    public async Task A_reader_that_catches_up_while_records_come_and_are_merged_reads_each_byte_at_most_a_tenth_too_often()
    {
        var broker = await PrepareAsync(1, 64 * MiB, 8 * MiB, 256 * KiB, isMerged: true);
        var log = broker.Log("t");
        var batch = Batches.OfSize(256 * KiB);
        var producing = ProduceAsync();
        var (read, offset) = (0L, 0L);
        bool isLast;
        do
        {
            isLast = producing.IsCompleted;
            await Task.Yield();
            (var bytes, offset) = await ReadAsync(log, broker, MiB, offset);
            read += bytes;
        }
        while (!isLast);

        await producing;
        Report(read);
        Assert.InRange(_store.Bytes, 0, read * MostReadPerByte);

        async Task ProduceAsync()
        {
            for (var i = 0; i < 100; i++)
            {
                await broker.MustProduceAsync("t", 0, batch);
            }
        }
    }

    [Fact]
    public async Task One_small_read_in_a_large_segment_loads_little()
    {
        var broker = await PrepareAsync(1, 16 * MiB, 16 * MiB, 10 * KiB, isMerged: true);
        using var records = await broker.Node.Services.Reader.ReadAsync(broker.Log("t"), 800, 1_000, true, TestCluster.Cancelled);
        Assert.InRange(records.Length, 1, 20 * KiB);
        Assert.InRange(_store.Bytes, 1, 512 * KiB);
    }

    [Fact]
    public async Task A_scan_of_many_times_the_cache_leaves_the_tail_in_memory()
    {
        var broker = await PrepareAsync(2, 256 * MiB, 16 * MiB, 512 * KiB, isMerged: true, cacheBytes: 32 * MiB, partitionsWithRecords: 1);
        var hot = broker.Log("t", 1);
        var batch = Batches.OfSize(32 * KiB);
        var tailOffset = 0L;
        var scanned = 0L;
        var misses = 0L;
        var scan = broker.Log("t");
        for (var offset = 0L; offset < scan.HighWatermark;)
        {
            // The scan's own misses are counted apart from those of the tail.
            using (var records = await broker.Node.Services.Reader.ReadAsync(scan, offset, MiB, true, TestCluster.Cancelled))
            {
                offset = records.NextOffset;
                scanned += records.Length;
            }

            await broker.MustProduceAsync("t", 1, batch);
            var missesBefore = broker.Node.Services.Cache.Misses;
            for (; tailOffset < hot.HighWatermark; tailOffset++)
            {
                using var records = await broker.Node.Services.Reader.ReadAsync(hot, Math.Max(0, tailOffset - 20), 64 * KiB, true, TestCluster.Cancelled);
            }

            misses += broker.Node.Services.Cache.Misses - missesBefore;
        }

        Assert.InRange(scanned, 255L * MiB, 300L * MiB);
        Assert.Equal(0, misses);
    }

    private void Report(long read) => output.WriteLine(
        $"{read / (double)MiB:F1} MiB read: {_store.Reads} requests ({_store.Reads * (double)(1 << 30) / read:F0} per GiB), "
        + $"{_store.Bytes / (double)read:F3} bytes per byte, {_store.BytesReadAgain} bytes again, {_store.IndexReads} indexes, {_store.Objects} objects.");

    // Writes the records, and starts another broker, which has nothing in memory.
    private async Task<TestBroker> PrepareAsync(
        int partitions, int totalBytes, int segmentBytes, int batchBytes, bool isMerged, int cacheBytes = 256 * MiB, int partitionsWithRecords = 0)
    {
        _cluster = new TestCluster(objects: _store);
        _cluster.Options = _cluster.Options with { Flusher = new FlusherOptions { FlushInterval = TimeSpan.FromMilliseconds(10) } };
        var writer = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("t", partitions, ("segment.bytes", $"{segmentBytes}"), ("max.message.bytes", $"{10 * MiB}"));
        var filled = partitionsWithRecords == 0 ? partitions : partitionsWithRecords;
        var batch = Batches.OfSize(Math.Max(1, batchBytes - 80));
        var perRequest = Math.Clamp(MiB / batch.Length / filled, 1, 1_000);
        var producing = new Queue<Task>();
        for (var written = 0L; written < totalBytes; written += (long)perRequest * batch.Length * filled)
        {
            producing.Enqueue(writer.ProduceAsync([.. Enumerable.Range(0, filled).Select(partition => ("t", partition, Enumerable.Repeat(batch, perRequest).ToArray()))]));
            if (producing.Count > 8)
            {
                await producing.Dequeue();
            }
        }

        await Task.WhenAll(producing);

        if (isMerged)
        {
            await TestBroker.UntilAsync(() => Enumerable.Range(0, filled).All(partition => writer.Log("t", partition).TailBytes < segmentBytes));
        }

        await writer.StopAsync();
        var reader = await _cluster.StartAsync(with: options => options with { CacheBytes = cacheBytes });
        _store.Reset();
        return reader;
    }

    private static async Task<long> ReadToEndAsync(PartitionLog log, TestBroker broker, int maxBytes) => (await ReadAsync(log, broker, maxBytes, 0)).Bytes;

    // Reads as a consumer does what there is as it begins, and checks that every record is there.
    private static async Task<(long Bytes, long NextOffset)> ReadAsync(PartitionLog log, TestBroker broker, int maxBytes, long offset)
    {
        var read = 0L;
        var end = log.HighWatermark;
        while (offset < end)
        {
            using var records = await broker.Node.Services.Reader.ReadAsync(log, offset, maxBytes, true, TestCluster.Cancelled);
            var batches = new RecordBatchReader(records.ToSequence());
            while (batches.TryRead(out var header, out var bytes))
            {
                Assert.Equal(offset, header.BaseOffset);
                Assert.True(RecordBatchValidator.Validate(bytes, header, new RecordBatchLimits { MaxBatchBytes = int.MaxValue }).IsNone);
                offset = header.NextOffset;
            }

            Assert.True(batches.Error.IsNone, batches.Error.Message);
            Assert.Equal(offset, records.NextOffset);
            read += records.Length;
        }

        return (read, offset);
    }
}
