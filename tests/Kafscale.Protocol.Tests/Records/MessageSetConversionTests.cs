using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Testing;

namespace Kafscale.Protocol.Tests.Records;

public sealed class MessageSetConversionTests
{
    // A message of magic 1 around two, gzip, all of it put together by another program.
    private const string Gzip =
        "0000000000000001" + "0000004D" + "8CE8AD67" + "01" + "01" + "00000000000003E9" + "FFFFFFFF" + "00000037"
        + "1F8B080000000000020363608003F1AED497B98C500EF38BFF400064302642454032E27FD65D7E0957F212A624090050FFCA7646000000";

    // A message of magic 0 around two in an LZ4 frame, whose descriptor's checksum (1A) is computed as Kafka 0.8 to 0.9 did, with the
    // frame's magic; 82 would be right.
    private const string Lz4OfMagic0 =
        "0000000000000000" + "00000054" + "DFF99EC5" + "00" + "03" + "FFFFFFFF" + "00000046"
        + "04224D18" + "6040" + "1A" + "37000080"
        + "00000000000000000000000F51DF3A320000FFFFFFFF000000016100000000000000010000001005360377" + "0000000000016B0000000162" + "00000000";

    private static readonly byte[] OneOf1 = MessageSetBytes.Message(1, [1], [2], 1000);

    [Theory]
    [InlineData(0, MessageSets.Now)]
    [InlineData(1, 1000)]
    public void Uncompressed_messages_become_one_batch_and_those_without_a_time_get_the_brokers(byte magic, long timestamp)
    {
        byte[] set =
        [
            .. MessageSetBytes.Message(magic, [1], [2, 3], 1000, offset: 77),
            .. MessageSetBytes.Message(magic, null, [], 1000),
            .. MessageSetBytes.Message(magic, [], null, 1000),
        ];

        var (compression, records) = Assert.Single(MessageSets.Describe(MessageSets.Convert(set)));
        Assert.Equal(CompressionType.None, compression);
        Assert.Equal([$"0@{timestamp} 01=0203", $"1@{timestamp} null=", $"2@{timestamp} =null"], records);
    }

    [Fact]
    public void Timestamps_of_magic_1_are_kept_also_where_there_is_none()
    {
        byte[] set = [.. MessageSetBytes.Message(1, null, [1], 2000), .. MessageSetBytes.Message(1, null, [2], -1), .. MessageSetBytes.Message(1, null, [3], 1500)];
        byte[] batch = MessageSets.Convert(set);

        Assert.Equal(["0@2000 null=01", "1@-1 null=02", "2@1500 null=03"], Assert.Single(MessageSets.Describe(batch)).Records);
        Assert.Equal(2000, BatchBytes.Header(batch).MaxTimestamp);
    }

    [Fact]
    public void A_compressed_message_becomes_a_batch_with_its_compression()
    {
        var (compression, records) = Assert.Single(MessageSets.Describe(MessageSets.Convert(Convert.FromHexString(Gzip))));

        Assert.Equal(CompressionType.Gzip, compression);
        Assert.Equal(["0@1000 null=61", "1@1001 null=62"], records);
    }

    [Fact]
    public void The_wrong_checksum_of_an_LZ4_frame_is_overlooked_with_magic_0_alone()
    {
        byte[] set = Convert.FromHexString(Lz4OfMagic0);
        var (compression, records) = Assert.Single(MessageSets.Describe(MessageSets.Convert(set)));

        Assert.Equal(CompressionType.Lz4, compression);
        Assert.Equal([$"0@{MessageSets.Now} null=61", $"1@{MessageSets.Now} 6B=62"], records);

        byte[] frame = set[26..];
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error(MessageSetBytes.Message(1, null, frame, 5, (byte)CompressionType.Lz4)).Code);
        frame[6] = 0x82;
        Assert.Equal(
            "A compressed message of magic 1 has one of magic 0 in it.",
            MessageSets.Error(MessageSetBytes.Message(1, null, frame, 5, (byte)CompressionType.Lz4)).Message);
    }

    [Fact]
    public void Raw_snappy_is_read_and_Javas_is_written()
    {
        byte[] raw = Snappier.Snappy.CompressToArray(OneOf1);

        var (compression, records) = Assert.Single(
            MessageSets.Describe(MessageSets.Convert(MessageSetBytes.Message(1, null, raw, 5, (byte)CompressionType.Snappy))));
        Assert.Equal(CompressionType.Snappy, compression);
        Assert.Equal(["0@1000 01=02"], records);
    }

    [Fact]
    public void Compressed_messages_and_those_between_become_batches_in_their_order()
    {
        byte[] set =
        [
            .. OneOf1, .. OneOf1,
            .. MessageSetBytes.Wrapper(1, CompressionType.Gzip, [.. OneOf1, .. OneOf1, .. OneOf1]),
            .. MessageSetBytes.Wrapper(0, CompressionType.Lz4, MessageSetBytes.Message(0, null, [9])),
            .. OneOf1,
        ];

        Assert.Equal(
            [(CompressionType.None, 2), (CompressionType.Gzip, 3), (CompressionType.Lz4, 1), (CompressionType.None, 1)],
            MessageSets.Describe(MessageSets.Convert(set)).Select(batch => (batch.Compression, batch.Records.Count)));
    }

    [Fact]
    public void A_batch_is_begun_anew_where_it_would_be_larger_than_the_topic_takes()
    {
        byte[] set = [.. Enumerable.Repeat(MessageSetBytes.Message(0, null, new byte[400]), 10).SelectMany(message => message)];

        byte[] batches = MessageSets.Convert(set, new RecordBatchLimits { MaxBatchBytes = 1500 });

        Assert.Equal([3, 3, 3, 1], MessageSets.Describe(batches).Select(batch => batch.Records.Count));
        Assert.Equal([1], MessageSets.Describe(MessageSets.Convert(set[..(400 + 26)], new RecordBatchLimits { MaxBatchBytes = 100 })).Select(batch => batch.Records.Count));
    }

    [Fact]
    public void Sets_that_are_cut_off_or_empty_are_corrupt()
    {
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error(OneOf1[..^1]).Code);
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error([.. OneOf1, .. OneOf1[..^1]]).Code);
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error([.. OneOf1, 0]).Code);
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error([]).Code);
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error(MessageSetBytes.Wrapper(1, CompressionType.Gzip, OneOf1[..^1])).Code);
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error(MessageSetBytes.Wrapper(1, CompressionType.Gzip, [.. OneOf1, .. OneOf1[..^1]])).Code);
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error(MessageSetBytes.Wrapper(1, CompressionType.Gzip, [])).Code);
    }

    [Fact]
    public void What_cannot_be_meant_is_refused()
    {
        byte[] wrapped = MessageSetBytes.Wrapper(1, CompressionType.Gzip, OneOf1);

        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error(MessageSetBytes.Wrapper(1, CompressionType.Gzip, wrapped)).Code);
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error(MessageSetBytes.Message(1, null, null, 1, (byte)CompressionType.Gzip)).Code);
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, MessageSets.Error(MessageSetBytes.Message(1, null, [1, 2, 3], 1, (byte)CompressionType.Snappy)).Code);
        Assert.Equal(RecordBatchErrorCode.UnsupportedCompressionType, MessageSets.Error(MessageSetBytes.Wrapper(1, CompressionType.Zstd, OneOf1)).Code);
        Assert.Equal(RecordBatchErrorCode.UnsupportedCompressionType, MessageSets.Error(MessageSetBytes.Message(0, null, [1], attributes: 7)).Code);
        Assert.Equal(RecordBatchErrorCode.InvalidTimestamp, MessageSets.Error(MessageSetBytes.Message(1, null, [1], 1, MessageSetBytes.LogAppendTime)).Code);
        Assert.Equal(
            RecordBatchErrorCode.InvalidTimestamp,
            MessageSets.Error(MessageSetBytes.Wrapper(1, CompressionType.Gzip, OneOf1, attributes: MessageSetBytes.LogAppendTime)).Code);
        Assert.Equal(RecordBatchErrorCode.InvalidRecord, MessageSets.Error([.. OneOf1, .. BatchBytes.Simple()]).Code);
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    public void All_that_is_unpacked_of_a_set_counts_together(CompressionType type)
    {
        byte[] wrapper = MessageSetBytes.Wrapper(1, type, MessageSetBytes.Message(1, null, new byte[100_000], 5));
        var limits = new RecordBatchLimits { MaxDecompressedBytes = 150_000 };

        Assert.Equal(RecordBatchError.None, MessageSets.Error(wrapper, limits));
        Assert.Equal(RecordBatchErrorCode.MessageTooLarge, MessageSets.Error([.. wrapper, .. wrapper], limits).Code);
    }

    [Fact]
    public void A_set_may_lie_in_pieces()
    {
        byte[] set = [.. OneOf1, .. MessageSetBytes.Wrapper(1, CompressionType.Snappy, OneOf1)];
        using var conversion = new MessageSetConversion(new RecordBatchLimits(), MessageSets.Now);

        Assert.Equal(RecordBatchError.None, conversion.Convert(Segments.Split(set, 5, 40, 60)));
        Assert.Equal(2, conversion.Count);
        Assert.Equal(MessageSets.Convert(set), conversion.Batches.ToArray());
    }
}
