using System.Buffers;
using System.Buffers.Binary;
using CsCheck;
using Kafscale.Protocol.Records;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Segments;
using Kafscale.Storage.Wal;

namespace Kafscale.Storage.Tests.Formats;

public sealed class WalObjectTests
{
    private const string GoldenName = "00000000000000000007.wal.hex";
    private const string Key = "default/wal/000000000000002a/00000000000000000007.wal";

    private static readonly Guid OrdersId = new("01020304-0506-0708-090a-0b0c0d0e0f10");
    private static readonly Guid AuditId = new("11121314-1516-1718-191a-1b1c1d1e1f20");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void The_golden_object_reads_as_its_comments_say()
    {
        var directory = WalObjectReader.Read(Key, Bodies.Whole(GoldenFile.Read(GoldenName)));
        Assert.Equal((42, 7, 1767225609000), (directory.Session, directory.Sequence, directory.CreatedAtMs));
        Assert.Equal(2, directory.Entries.Count);
        var orders = directory.Entries[0];
        Assert.Equal((OrdersId, "orders", 0, 7), (orders.TopicId, orders.TopicName, orders.Partition, orders.LeaderEpoch));
        Assert.Equal((100, 102, 3), (orders.BaseOffset, orders.LastOffset, orders.RecordCount));
        Assert.Equal((32, 194, 64, 146), (orders.Position, orders.Length, orders.BatchesPosition, orders.BatchesLength));
        Assert.Equal(1767225600002, orders.MaxTimestampMs);
        Assert.Equal([new WalProducerBatch(4000, 3, 17, 17, 102, 102, 1767225600002)], orders.ProducerBatches);
        var audit = directory.Entries[1];
        Assert.Equal((AuditId, "audit.log", 3, 1), (audit.TopicId, audit.TopicName, audit.Partition, audit.LeaderEpoch));
        Assert.Equal((0, 0, 1, 226), (audit.BaseOffset, audit.LastOffset, audit.RecordCount, audit.Position));
        Assert.Empty(audit.ProducerBatches);
    }

    [Fact]
    public void The_golden_object_is_written_byte_for_byte()
    {
        var golden = GoldenFile.Read(GoldenName);
        var directory = WalObjectReader.Read(Key, Bodies.Whole(golden));
        var slices = directory.Entries.Select(entry => SliceOf(entry, golden)).ToArray();
        var written = WalObjectWriter.Write(42, 7, 1767225609000, slices);
        Assert.Equal(golden, written.Body.ToArray());
        Assert.Equivalent(directory.Entries, written.Directory, strict: true);
    }

    [Fact]
    public void Every_slice_is_a_whole_segment()
    {
        var golden = GoldenFile.Read(GoldenName);
        foreach (var entry in WalObjectReader.Read(Key, Bodies.Whole(golden)).Entries)
        {
            var segment = SegmentReader.Read(Key, new ReadOnlySequence<byte>(golden, (int)entry.Position, entry.Length));
            Assert.Equal(entry.BaseOffset, segment.BaseOffset);
            Assert.Equal(entry.LastOffset, segment.LastOffset);
        }
    }

    [Fact]
    public void The_batches_are_not_copied()
    {
        var batch = new TestBatch(0, 1, [1, 2, 3]).ToArray();
        var written = WalObjectWriter.Write(1, 1, 0, [SliceOf("t", 0, [new TestBatch(0, 1, [1, 2, 3])], Bodies.Whole(batch))]);
        batch[61] = 99;
        Assert.Equal(99, written.Body.Slice(written.Directory[0].BatchesPosition + 61, 1).FirstSpan[0]);
    }

    [Fact]
    public void Any_object_that_is_written_is_read_back() =>
        Gen.Select(FormatGenerators.Batches.Array[1, 6], Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue]).Sample((partitions, session, sequence) =>
        {
            var slices = partitions
                .Select((batches, partition) => SliceOf($"topic-{partition}", partition, batches, Bodies.InSegments(BytesOf(batches), 50)))
                .ToArray();
            var written = WalObjectWriter.Write(session, sequence, 5, slices);
            var directory = WalObjectReader.Read(Key, written.Body);
            Assert.Equal((session, sequence, 5), (directory.Session, directory.Sequence, directory.CreatedAtMs));
            Assert.Equivalent(written.Directory, directory.Entries, strict: true);
            for (var i = 0; i < slices.Length; i++)
            {
                Assert.Equal(slices[i].TopicName, directory.Entries[i].TopicName);
                Assert.Equal(slices[i].ProducerBatches, directory.Entries[i].ProducerBatches);
                var entry = directory.Entries[i];
                Assert.Equal(BytesOf(partitions[i]), written.Body.Slice(entry.BatchesPosition, entry.BatchesLength).ToArray());
            }
        });

    [Fact]
    public void Every_changed_byte_is_noticed() =>
        Corruption.AssertEveryChangedByteIsNoticed(GoldenFile.Read(GoldenName), bytes => WalObjectReader.Read(Key, bytes));

    [Fact]
    public void Every_truncation_is_noticed() =>
        Corruption.AssertEveryTruncationIsNoticed(GoldenFile.Read(GoldenName), bytes => WalObjectReader.Read(Key, bytes));

    [Fact]
    public void Random_bytes_are_harmless() =>
        Gen.Byte.Array[0, 400].Sample(bytes => Corruption.AssertHarmless(bytes, sequence => WalObjectReader.Read(Key, sequence)));

    [Fact]
    public void A_directory_with_any_content_and_a_true_checksum_is_harmless()
    {
        var golden = GoldenFile.Read(GoldenName);
        var directoryLength = BinaryPrimitives.ReadInt32BigEndian(golden.AsSpan(golden.Length - 12));
        var directoryStart = golden.Length - 12 - directoryLength;
        Gen.Select(Gen.Int[0, directoryLength - 1], Gen.Byte.Array[1, 8]).Sample((at, replacement) =>
        {
            var bytes = (byte[])golden.Clone();
            var target = bytes.AsSpan(directoryStart + at, Math.Min(replacement.Length, directoryLength - at));
            replacement.AsSpan(0, target.Length).CopyTo(target);
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(bytes.Length - 8), Crc32C.Compute(bytes.AsSpan(directoryStart, directoryLength)));
            Corruption.AssertHarmless(bytes, sequence => WalObjectReader.Read(Key, sequence));
        });
    }

    [Fact]
    public void Fields_that_a_later_release_adds_to_an_entry_are_skipped()
    {
        var golden = GoldenFile.Read(GoldenName);
        var directoryLength = BinaryPrimitives.ReadInt32BigEndian(golden.AsSpan(golden.Length - 12));
        byte[] extended = [.. golden[..^12], 1, 2, 3, 4, 5, .. golden[^12..]];
        var lastEntryLengthPosition = golden.Length - 12 - (WalFormat.EntryFixedLength + "audit.log".Length);
        BinaryPrimitives.WriteInt32BigEndian(
            extended.AsSpan(lastEntryLengthPosition), BinaryPrimitives.ReadInt32BigEndian(extended.AsSpan(lastEntryLengthPosition)) + 5);
        var directory = extended.AsSpan(golden.Length - 12 - directoryLength, directoryLength + 5);
        BinaryPrimitives.WriteInt32BigEndian(extended.AsSpan(extended.Length - 12), directory.Length);
        BinaryPrimitives.WriteUInt32BigEndian(extended.AsSpan(extended.Length - 8), Crc32C.Compute(directory));
        Assert.Equivalent(
            WalObjectReader.Read(Key, Bodies.Whole(golden)), WalObjectReader.Read(Key, Bodies.Whole(extended)), strict: true);
    }

    [Fact]
    public async Task The_directory_alone_is_read_with_one_range_read()
    {
        var store = new InterceptedStore();
        var golden = GoldenFile.Read(GoldenName);
        await store.PutAsync(Key, Bodies.Whole(golden), PutCondition.None, Cancellation);
        var directory = await WalObjectReader.ReadDirectoryAsync(store, Key, golden.Length, Cancellation);
        Assert.Equivalent(WalObjectReader.Read(Key, Bodies.Whole(golden)), directory, strict: true);
        Assert.Equal(1, store.Reads);
    }

    [Fact]
    public async Task A_long_directory_takes_a_second_range_read()
    {
        var store = new InterceptedStore();
        var slices = Enumerable.Range(0, 1000)
            .Select(partition => SliceOf("long-topic-name", partition, [new TestBatch(partition, 1, [1])], null))
            .ToArray();
        var written = WalObjectWriter.Write(1, 2, 3, slices);
        await store.PutAsync(Key, written.Body, PutCondition.None, Cancellation);
        var directory = await WalObjectReader.ReadDirectoryAsync(store, Key, written.Body.Length, Cancellation);
        Assert.Equivalent(written.Directory, directory.Entries, strict: true);
        Assert.Equal(2, store.Reads);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public async Task A_wrong_length_is_noticed(int difference)
    {
        var store = new InterceptedStore();
        var golden = GoldenFile.Read(GoldenName);
        await store.PutAsync(Key, Bodies.Whole(golden), PutCondition.None, Cancellation);
        await Assert.ThrowsAsync<CorruptObjectException>(
            async () => await WalObjectReader.ReadDirectoryAsync(store, Key, golden.Length + difference, Cancellation));
    }

    [Fact]
    public void What_cannot_be_true_is_not_written()
    {
        var slice = SliceOf("orders", 0, [new TestBatch(0, 1, [1])], null);
        Assert.ThrowsAny<ArgumentException>(() => WalObjectWriter.Write(1, 1, 1, []));
        Assert.ThrowsAny<ArgumentException>(() => WalObjectWriter.Write(-1, 1, 1, [slice]));
        Assert.ThrowsAny<ArgumentException>(() => WalObjectWriter.Write(1, -1, 1, [slice]));
        Assert.ThrowsAny<ArgumentException>(() => WalObjectWriter.Write(1, 1, 1, [SliceOf("a/b", 0, [new TestBatch(0, 1, [1])], null)]));
        Assert.ThrowsAny<ArgumentException>(() => WalObjectWriter.Write(1, 1, 1, [SliceOf("orders", -1, [new TestBatch(0, 1, [1])], null)]));
        Assert.ThrowsAny<ArgumentException>(
            () => WalObjectWriter.Write(1, 1, 1, [SliceOf("orders", 0, [new TestBatch(0, 1, [1])], ReadOnlySequence<byte>.Empty)]));
    }

    private static byte[] BytesOf(IEnumerable<TestBatch> batches) => [.. batches.SelectMany(batch => batch.ToArray())];

    private static WalSlice SliceOf(string topicName, int partition, TestBatch[] batches, ReadOnlySequence<byte>? bytes) => new()
    {
        TopicId = OrdersId,
        TopicName = topicName,
        Partition = partition,
        LeaderEpoch = 9,
        BaseOffset = batches[0].BaseOffset,
        RecordCount = batches.Sum(batch => batch.RecordCount),
        Batches = bytes ?? Bodies.Whole(BytesOf(batches)),
        BatchesCrc = Crc32C.Compute(BytesOf(batches)),
        MaxTimestampMs = batches.Max(batch => batch.MaxTimestampMs),
        ProducerBatches = [.. batches.Select(batch => new WalProducerBatch(partition, 1, 0, batch.RecordCount - 1, batch.BaseOffset, batch.LastOffset, 3))],
    };

    private static WalSlice SliceOf(WalDirectoryEntry entry, byte[] wholeObject)
    {
        var batches = new ReadOnlySequence<byte>(wholeObject, (int)entry.BatchesPosition, entry.BatchesLength);
        return new WalSlice
        {
            TopicId = entry.TopicId,
            TopicName = entry.TopicName,
            Partition = entry.Partition,
            LeaderEpoch = entry.LeaderEpoch,
            BaseOffset = entry.BaseOffset,
            RecordCount = entry.RecordCount,
            Batches = batches,
            BatchesCrc = Crc32C.Compute(batches),
            MaxTimestampMs = entry.MaxTimestampMs,
            ProducerBatches = entry.ProducerBatches,
        };
    }
}
