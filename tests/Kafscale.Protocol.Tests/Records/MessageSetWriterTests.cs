using System.Buffers;
using System.Buffers.Binary;
using CsCheck;
using Kafscale.Protocol.Records;
using Kafscale.Testing;

namespace Kafscale.Protocol.Tests.Records;

public sealed class MessageSetWriterTests
{
    private static readonly Gen<byte> GenMagic = Gen.Byte[0, 1];

    private static readonly Gen<CompressionType> GenCompressionOfMessages = Gen.Int[(int)CompressionType.None, (int)CompressionType.Lz4].Select(type => (CompressionType)type);

    private static readonly Gen<byte[]?> GenBytes = Gen.Frequency(
        (1, Gen.Const((byte[]?)null)), (8, Gen.Byte.Array[0, 40]!), (1, Gen.Byte.Array[0, 3000]!));

    private static readonly Gen<(long Timestamp, byte[]? Key, byte[]? Value)[]> GenRecords =
        Gen.Select(Gen.OneOf(Gen.Long[-1, 1L << 41], Gen.Long), GenBytes, GenBytes).Array[1, 30];

    [Fact]
    public void A_record_is_written_as_it_is_put_together_by_hand()
    {
        byte[] batch = new RecordBatchBuilder { BaseOffset = 42 }.Append(1000, "k"u8.ToArray(), "v1"u8.ToArray(), new RecordHeader("h", [1])).Append(1001, null, []).Build();

        Assert.Equal(
            "000000000000002A" + "00000011" + "61505427" + "00" + "00" + "000000016B" + "000000027631"
            + "000000000000002B" + "0000000E" + "795748E0" + "00" + "00" + "FFFFFFFF" + "00000000",
            Convert.ToHexString(Write(batch, magic: 0)));

        byte[] tombstone = new RecordBatchBuilder { BaseOffset = 7 }.Append(1000, "k"u8.ToArray(), null).Build();
        Assert.Equal(
            "0000000000000007" + "00000017" + "4B38D7A9" + "01" + "00" + "00000000000003E8" + "000000016B" + "FFFFFFFF",
            Convert.ToHexString(Write(tombstone, magic: 1)));

        byte[] appended = new RecordBatchBuilder { BaseOffset = 8 }.Append(1000, "k"u8.ToArray(), "v1"u8.ToArray()).Build();
        RecordBatchHeader.StampTimestamp(appended, TimestampType.LogAppendTime, 1001);
        Assert.Equal(
            "0000000000000008" + "00000019" + "45D7D7B5" + "01" + "08" + "00000000000003E9" + "000000016B" + "000000027631",
            Convert.ToHexString(Write(appended, magic: 1)));
    }

    [Fact]
    public void Records_before_the_offset_and_control_batches_are_left_out()
    {
        byte[] batch = BatchBytes.Simple(count: 3);

        Assert.Equal(3, MessageSets.DescribeMessages(Write(batch, 1, fromOffset: 0)).Count);
        Assert.Equal(["2@1700000000002 0102=020203"], MessageSets.DescribeMessages(Write(batch, 1, fromOffset: 2)));
        Assert.Empty(Write(batch, 1, fromOffset: 3));
        Assert.Empty(Write(BatchBytes.Around([], recordCount: 0), 1));
        Assert.Empty(Write(new RecordBatchBuilder { IsControl = true }.Append(0, [0, 0, 0, 0], [1]).Build(), 1));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(38, 0, 0)]
    [InlineData(39, 0, 1)]
    [InlineData(0, 39, 1)]
    [InlineData(77, 39, 1)]
    [InlineData(78, 0, 2)]
    [InlineData(1000, 0, 3)]
    public void Messages_are_written_up_to_the_limit_of_which_the_first_may_have_its_own(int maxBytes, int maxFirstBytes, int expected)
    {
        using var messages = new PooledBuffer();
        using var scratch = new PooledBuffer();
        var target = new MessageSetTarget(messages, 1, maxBytes, maxFirstBytes);
        byte[] batch = BatchBytes.Simple(count: 3);

        Assert.Equal(RecordBatchError.None, MessageSetWriter.Write(new ReadOnlySequence<byte>(batch), BatchBytes.Header(batch), 0, target, scratch));
        Assert.Equal((expected, expected < 3, 39 * expected), (target.Count, target.IsFull, messages.Length));
    }

    [Fact]
    public void What_lies_before_the_damage_of_a_batch_is_written()
    {
        byte[] batch = BatchBytes.Simple(count: 3);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(RecordBatchHeader.RecordCountPosition), 4);
        using var messages = new PooledBuffer();
        using var scratch = new PooledBuffer();
        var target = new MessageSetTarget(messages, 1, 1000, 0);

        Assert.Equal(
            RecordBatchErrorCode.InvalidRecord,
            MessageSetWriter.Write(new ReadOnlySequence<byte>(batch), BatchBytes.Header(batch), 0, target, scratch).Code);
        Assert.Equal(3, target.Count);
    }

    [Fact]
    public void A_batch_that_unpacks_to_too_much_is_not_written()
    {
        byte[] batch = new RecordBatchBuilder { CompressionType = CompressionType.Gzip }.Append(0, null, new byte[1_000_000]).Build();
        using var messages = new PooledBuffer();
        using var scratch = new PooledBuffer();
        var target = new MessageSetTarget(messages, 0, 1000, int.MaxValue) { MaxDecompressedBytes = 999_999 };

        Assert.Equal(
            RecordBatchErrorCode.MessageTooLarge,
            MessageSetWriter.Write(new ReadOnlySequence<byte>(batch), BatchBytes.Header(batch), 0, target, scratch).Code);
        Assert.Equal(0, messages.Length);
    }

    [Fact]
    public void Messages_become_records_and_records_messages_again_with_every_compression() =>
        Gen.Select(GenRecords, GenCompressionOfMessages, GenMagic, Gen.Int[0, 30]).Sample((records, type, magic, from) =>
        {
            byte[] plain = [.. records.SelectMany((record, i) => MessageSetBytes.Message(magic, record.Key, record.Value, record.Timestamp, offset: i))];
            byte[] sent = type == CompressionType.None ? plain : MessageSetBytes.Wrapper(magic, type, plain, 5);
            List<string> expected = [.. records.Select((record, i) => Describe(i, magic == 0 ? MessageSets.Now : record.Timestamp, record.Key, record.Value))];

            byte[] batch = MessageSets.Convert(sent, new RecordBatchLimits { MaxBatchBytes = int.MaxValue });
            var (compression, described) = Assert.Single(MessageSets.Describe(batch));
            Assert.Equal(type, compression);
            Assert.Equal(expected, described);

            Assert.Equal(expected.Skip(from), MessageSets.DescribeMessages(Write(batch, 1, from)));
            Assert.Equal(
                records.Select((record, i) => Describe(i, -1, record.Key, record.Value)).Skip(from),
                MessageSets.DescribeMessages(Write(batch, 0, from)));
        }, iter: 300);

    [Fact]
    public void Messages_that_fit_are_never_more_than_asked_for_and_go_on_where_they_ended() =>
        Gen.Select(GenRecords, Gen.Enum<CompressionType>(), GenMagic, Gen.Int[1, 5000]).Sample((records, type, magic, maxBytes) =>
        {
            var builder = new RecordBatchBuilder { CompressionType = type };
            foreach ((long timestamp, byte[]? key, byte[]? value) in records)
                builder.Append(timestamp, key, value);
            byte[] batch = builder.Build();
            using var scratch = new PooledBuffer();
            List<string> read = [];
            while (read.Count < records.Length)
            {
                using var messages = new PooledBuffer();
                var target = new MessageSetTarget(messages, magic, maxBytes, int.MaxValue);
                Assert.Equal(RecordBatchError.None, MessageSetWriter.Write(new(batch), BatchBytes.Header(batch), read.Count, target, scratch));
                Assert.True(target.Count == 1 || messages.Length <= maxBytes);
                Assert.True(target.Count > 0);
                read.AddRange(MessageSets.DescribeMessages(messages.WrittenSpan.ToArray()));
            }

            Assert.Equal(records.Select((record, i) => Describe(i, magic == 0 ? -1 : record.Timestamp, record.Key, record.Value)), read);
        }, iter: 200);

    private static string Describe(long offset, long timestamp, byte[]? key, byte[]? value) =>
        BatchBytes.Describe(offset, timestamp, BatchBytes.Text(key), BatchBytes.Text(value));

    private static byte[] Write(byte[] batch, byte magic, long fromOffset = 0)
    {
        using var messages = new PooledBuffer();
        using var scratch = new PooledBuffer();
        var target = new MessageSetTarget(messages, magic, int.MaxValue, 0);
        Assert.Equal(
            RecordBatchError.None, MessageSetWriter.Write(new ReadOnlySequence<byte>(batch), BatchBytes.Header(batch), fromOffset, target, scratch));
        return messages.WrittenSpan.ToArray();
    }
}
