using System.Buffers;
using CsCheck;
using Kafscale.Protocol.Messages;

namespace Kafscale.Protocol.Tests.Messages;

public sealed class MessageReaderTests
{
    [Fact]
    public void Every_unsigned_varint_is_read_back_and_takes_the_size_announced() => Gen.UInt.Sample(value =>
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(output);
        writer.WriteUnsignedVarint(value);
        writer.Complete();
        var reader = new MessageReader(output.WrittenMemory);

        return reader.ReadUnsignedVarint("value") == value
            && reader.Remaining == 0
            && output.WrittenCount == MessageSize.OfUnsignedVarint(value);
    });

    [Theory]
    [InlineData("00", 0u)]
    [InlineData("7f", 127u)]
    [InlineData("8001", 128u)]
    [InlineData("ffff03", 65_535u)]
    [InlineData("ffffffff0f", uint.MaxValue)]
    public void Varints_have_seven_bits_to_a_byte_and_the_lowest_first(string hex, uint value)
    {
        var reader = new MessageReader(Convert.FromHexString(hex));

        Assert.Equal(value, reader.ReadUnsignedVarint("value"));
    }

    [Theory]
    [InlineData("ffffffff1f")]
    [InlineData("808080808000")]
    [InlineData("ffffffffff01")]
    public void A_varint_of_more_than_32_bits_is_refused(string hex) =>
        AssertRefused(hex, (ref MessageReader reader) => reader.ReadUnsignedVarint("Topic.Name"), "Topic.Name is a varint of more than 32 bits");

    [Fact]
    public void Numbers_are_read_with_the_most_significant_byte_first_however_the_input_is_cut()
    {
        byte[] bytes = Convert.FromHexString("01" + "fe" + "8001" + "ffff" + "80000001" + "fffffffe" + "8000000000000001" + "3ff8000000000000");
        for (int segmentLength = 1; segmentLength <= bytes.Length; segmentLength++)
        {
            var reader = new MessageReader(Segments.Of(bytes, segmentLength));

            Assert.True(reader.ReadBoolean("value"));
            Assert.Equal(-2, reader.ReadInt8("value"));
            Assert.Equal(short.MinValue + 1, reader.ReadInt16("value"));
            Assert.Equal(ushort.MaxValue, reader.ReadUInt16("value"));
            Assert.Equal(int.MinValue + 1, reader.ReadInt32("value"));
            Assert.Equal(uint.MaxValue - 1, reader.ReadUInt32("value"));
            Assert.Equal(long.MinValue + 1, reader.ReadInt64("value"));
            Assert.Equal(1.5, reader.ReadFloat64("value"));
            Assert.Equal(0, reader.Remaining);
            Assert.Equal(bytes.Length, reader.Position);
        }
    }

    [Fact]
    public void Records_are_the_input_itself_and_not_a_copy()
    {
        byte[] bytes = [0, 0, 0, 3, 7, 8, 9, 1];
        var reader = new MessageReader(bytes);

        ReadOnlySequence<byte> records = reader.ReadRecords(flexible: false, "Records");

        bytes[4] = 42;
        Assert.Equal([42, 8, 9], records.ToArray());
        Assert.Equal(1, reader.Remaining);
    }

    [Fact]
    public void Records_across_segments_are_found_wherever_they_start()
    {
        byte[] bytes = [1, 2, 3, 0, 0, 0, 4, 5, 6, 7, 8, 9];
        for (int segmentLength = 1; segmentLength <= bytes.Length; segmentLength++)
        {
            var reader = new MessageReader(Segments.Of(bytes, segmentLength));
            reader.ReadInt8("first");
            reader.ReadInt16("second");

            Assert.Equal([5, 6, 7, 8], reader.ReadRecords(flexible: false, "Records").ToArray());
            Assert.Equal(9, reader.ReadInt8("last"));
        }
    }

    [Fact]
    public void A_string_is_read_across_segments()
    {
        string text = string.Concat(Enumerable.Repeat("größe 😀 ", 100));
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(output);
        writer.WriteString(text, flexible: true);
        writer.Complete();
        var reader = new MessageReader(Segments.Of(output.WrittenSpan.ToArray(), 11));

        Assert.Equal(text, reader.ReadString(flexible: true, "text"));
    }

    [Theory]
    [InlineData("0002 c328")]
    [InlineData("0003 eda080")]
    [InlineData("0001 ff")]
    [InlineData("0002 c0af")]
    public void Text_that_is_not_UTF_8_is_refused(string hex) =>
        AssertRefused(hex, (ref MessageReader reader) => reader.ReadString(false, "Topic.Name"), "Topic.Name is not valid UTF-8");

    [Fact]
    public void Null_is_refused_where_it_is_not_allowed()
    {
        AssertRefused("ffff", (ref MessageReader reader) => reader.ReadString(false, "Topic.Name"), "Topic.Name is null");
        AssertRefused("00", (ref MessageReader reader) => reader.ReadString(true, "Topic.Name"), "Topic.Name is null");
        AssertRefused("ffffffff", (ref MessageReader reader) => reader.ReadBytes(false, "Metadata"), "Metadata is null");
        AssertRefused("ffffffff", (ref MessageReader reader) => reader.ReadRecords(false, "Records").Length, "Records is null");
        AssertRefused("00", (ref MessageReader reader) => reader.ReadArrayLength(true, "Topics"), "Topics is null");
    }

    [Fact]
    public void Lengths_below_minus_one_are_refused()
    {
        AssertRefused("fffe", (ref MessageReader reader) => reader.ReadNullableString(false, "Topic.Name"), "Topic.Name has the length -2");
        AssertRefused("80000000", (ref MessageReader reader) => reader.ReadNullableBytes(false, "Metadata"), "Metadata has the length");
        AssertRefused("fffffffe", (ref MessageReader reader) => reader.ReadNullableArrayLength(false, "Topics"), "Topics has the length -2");
    }

    [Theory]
    [InlineData("7fffffff 00", false)]
    [InlineData("ffffffff07 00", true)]
    [InlineData("ffffffff0f 00", true)]
    public void Lengths_beyond_the_input_are_refused_before_anything_is_allocated(string hex, bool flexible)
    {
        AssertRefused(hex, (ref MessageReader reader) => reader.ReadBytes(flexible, "Metadata"), "Metadata");
        AssertRefused(hex, (ref MessageReader reader) => reader.ReadRecords(flexible, "Records").Length, "Records");
        AssertRefused(hex, (ref MessageReader reader) => reader.ReadArrayLength(flexible, "Topics"), "Topics");
    }

    [Fact]
    public void A_string_longer_than_32767_bytes_is_refused()
    {
        byte[] bytes = [0x81, 0x80, 0x02, .. new byte[32_768]];

        AssertRefused(
            Convert.ToHexString(bytes), (ref MessageReader reader) => reader.ReadString(true, "Topic.Name"), "Topic.Name is a string of 32768 bytes");
    }

    [Fact]
    public void The_elements_of_all_arrays_together_are_limited()
    {
        MetadataRequest request = new() { Topics = [.. Enumerable.Repeat(new MetadataRequest.MetadataRequestTopic { Name = "t" }, 11)] };
        byte[] bytes = MessageBytes.Write(request, version: 1);

        var reader = new MessageReader(bytes, maxElements: 11);
        new MetadataRequest().Read(ref reader, version: 1);

        var exception = Assert.Throws<MalformedMessageException>(() =>
        {
            var limited = new MessageReader(bytes, maxElements: 10);
            new MetadataRequest().Read(ref limited, version: 1);
        });
        Assert.Contains("MetadataRequest.Topics has 11 elements where the message may have 10 more", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_large_array_of_nothing_costs_no_more_than_the_limit()
    {
        // Two million empty names in a frame of 4 MB: refused by their number, before the first of them.
        byte[] bytes = [0, 0x1E, 0x84, 0x80, .. new byte[4_000_000]];
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<MalformedMessageException>(() => MessageBytes.Read(new MetadataRequest(), new ReadOnlySequence<byte>(bytes), version: 0));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void A_tagged_field_that_does_not_fill_its_size_is_refused()
    {
        // The finalized features' epoch, eight bytes, announced as nine.
        const string hex = "0000 01 00000000" + "01" + "01 09" + "0000000000000005 00";

        var exception = Assert.Throws<MalformedMessageException>(() => MessageBytes.ReadHex<ApiVersionsResponse>(hex, version: 3));

        Assert.Contains("ApiVersionsResponse.FinalizedFeaturesEpoch", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_names_the_field_and_the_place()
    {
        var exception = Assert.Throws<MalformedMessageException>(() => MessageBytes.ReadHex<MetadataRequest>("00000001 0005 6162", version: 0));

        Assert.Equal("MetadataRequestTopic.Name needs 5 bytes where 2 remain (at byte 6 of 8).", exception.Message);
    }

    private delegate T Reading<T>(ref MessageReader reader);

    private static void AssertRefused<T>(string hex, Reading<T> read, string because)
    {
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        foreach (ReadOnlySequence<byte> input in (ReadOnlySequence<byte>[])[new(bytes), Segments.Of(bytes, 1)])
        {
            var exception = Assert.Throws<MalformedMessageException>(() =>
            {
                var reader = new MessageReader(input);
                read(ref reader);
            });
            Assert.StartsWith(because, exception.Message, StringComparison.Ordinal);
        }
    }
}
