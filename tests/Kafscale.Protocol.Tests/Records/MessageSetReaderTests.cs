using System.Buffers.Binary;
using Kafscale.Protocol.Records;
using Kafscale.Testing;

namespace Kafscale.Protocol.Tests.Records;

public sealed class MessageSetReaderTests
{
    // Put together field by field from the description of the format, the checksums by another program.
    private const string Magic0 =
        "000000000000002A" + "00000011" // offset 42, 17 bytes follow
        + "61505427" + "00" + "00" // crc, magic, attributes
        + "000000016B" + "000000027631" // key "k", value "v1"
        + "000000000000002B" + "0000000E" // offset 43, 14 bytes follow
        + "795748E0" + "00" + "00"
        + "FFFFFFFF" + "00000000"; // null key, empty value

    private const string Magic1 =
        "0000000000000007" + "00000017"
        + "4B38D7A9" + "01" + "00" + "00000000000003E8" // timestamp 1000 of the producer
        + "000000016B" + "FFFFFFFF" // key "k", null value
        + "0000000000000008" + "00000019"
        + "45D7D7B5" + "01" + "08" + "00000000000003E9" // timestamp 1001 of the broker
        + "000000016B" + "000000027631";

    [Fact]
    public void Messages_of_magic_0_are_read_as_they_were_put_together() =>
        Assert.Equal(["42@-1 6B=7631", "43@-1 null="], MessageSets.DescribeMessages(Convert.FromHexString(Magic0)));

    [Fact]
    public void Messages_of_magic_1_have_a_timestamp_and_its_type() =>
        Assert.Equal(["7@1000 6B=null", "8@1001 6B=7631 appended"], MessageSets.DescribeMessages(Convert.FromHexString(Magic1)));

    [Theory]
    [InlineData(Magic0, 29)]
    [InlineData(Magic1, 35)]
    public void A_message_that_is_cut_off_is_not_there(string set, int firstLength)
    {
        byte[] bytes = Convert.FromHexString(set);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Equal(length < firstLength ? 0 : 1, MessageSets.DescribeMessages(bytes[..length]).Count);
    }

    [Theory]
    [InlineData(Magic0)]
    [InlineData(Magic1)]
    public void Every_flipped_bit_behind_the_size_is_found(string set)
    {
        byte[] bytes = Convert.FromHexString(set);
        int end = 12 + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(8));
        for (int bit = 8 * 12; bit < 8 * end; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotEqual(RecordBatchErrorCode.None, Error(flipped).Code);
        }
    }

    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(13)]
    public void A_size_that_no_message_can_have_is_corrupt(int size)
    {
        byte[] bytes = Convert.FromHexString(Magic0);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), size);

        Assert.Equal(RecordBatchErrorCode.CorruptMessage, Error(bytes).Code);
    }

    [Theory]
    [InlineData(0, -2, 1)]
    [InlineData(0, 2, 1)]
    [InlineData(0, 1, 2)]
    [InlineData(0, 1, 0)]
    [InlineData(0, int.MaxValue, 1)]
    [InlineData(1, 6, 1)]
    [InlineData(1, 1, -3)]
    [InlineData(1, 1, int.MaxValue)]
    public void Lengths_that_do_not_fill_the_message_are_corrupt(byte magic, int keyLength, int valueLength) => Assert.Equal(
        RecordBatchErrorCode.CorruptMessage,
        Error(MessageSetBytes.Message(magic, [1], [2], keyLength: keyLength, valueLength: valueLength)).Code);

    [Fact]
    public void A_message_of_magic_1_without_room_for_its_timestamp_is_corrupt()
    {
        byte[] short0 = MessageSetBytes.Message(0, null, []);
        short0[16] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(short0.AsSpan(12), System.IO.Hashing.Crc32.HashToUInt32(short0.AsSpan(16)));

        Assert.Equal(RecordBatchErrorCode.CorruptMessage, Error(short0).Code);
    }

    [Fact]
    public void Batches_are_no_messages()
    {
        Assert.Equal(RecordBatchErrorCode.InvalidRecord, Error(BatchBytes.Simple()).Code);
        Assert.Equal(RecordBatchErrorCode.CorruptMessage, Error(MessageSetBytes.Message(3, [1], [2])).Code);
    }

    private static RecordBatchError Error(byte[] set)
    {
        var reader = new MessageSetReader(set);
        while (reader.TryRead(out _))
        {
        }

        return reader.Error;
    }
}
