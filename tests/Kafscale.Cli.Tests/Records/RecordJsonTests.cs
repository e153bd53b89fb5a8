using System.Buffers;
using System.Text;
using CsCheck;
using Kafscale.Cli.Records;
using Kafscale.Clients.Records;

namespace Kafscale.Cli.Tests.Records;

public sealed class RecordJsonTests
{
    [Fact]
    public void What_is_written_is_one_line_and_is_read_again_byte_for_byte() => RecordGenerators.Record.Sample(record =>
    {
        var output = new ArrayBufferWriter<byte>();
        RecordJson.Write(output, RecordGenerators.Consumed(record));
        Assert.Equal(output.WrittenCount - 1, output.WrittenSpan.IndexOf((byte)'\n'));

        var read = RecordJson.Read(output.WrittenMemory);

        Assert.Equal((record.Key, record.Value, record.Partition, record.TimestampMs), (read.Key, read.Value, read.Partition, read.TimestampMs), Same);
        Assert.Equal(record.Headers.Select(header => header.Key), read.Headers.Select(header => header.Key));
        Assert.All(record.Headers.Zip(read.Headers), pair => Assert.Equal(pair.First.Value, pair.Second.Value));
    });

    [Theory]
    [InlineData("{}", null, null)]
    [InlineData("""{"value": {"a": [1, 2]}}""", null, """{"a": [1, 2]}""")]
    [InlineData("""{"key": 7, "value": true}""", "7", "true")]
    [InlineData("""{"key": "k", "value": null, "offset": 3, "topic": "t"}""", "k", null)]
    [InlineData("""{"keyBase64": "aw==", "valueBase64": ""}""", "k", "")]
    public void What_people_write_is_understood(string line, string? key, string? value)
    {
        var record = RecordJson.Read(Encoding.UTF8.GetBytes(line));

        Assert.Equal(key, record.Key is null ? null : Encoding.UTF8.GetString(record.Key));
        Assert.Equal(value, record.Value is null ? null : Encoding.UTF8.GetString(record.Value));
    }

    [Fact]
    public void Headers_are_an_array_or_an_object()
    {
        Assert.Equal(["a", "a"], RecordJson.Read("""{"headers": [{"key": "a", "value": "1"}, {"key": "a"}]}"""u8.ToArray()).Headers.Select(header => header.Key));
        Assert.Equal(["a", "b"], RecordJson.Read("""{"headers": {"a": "1", "b": null}}"""u8.ToArray()).Headers.Select(header => header.Key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("[1]")]
    [InlineData("""{"vlaue": "1"}""")]
    [InlineData("""{"partition": -1}""")]
    [InlineData("""{"timestamp": "yesterday"}""")]
    [InlineData("""{"valueBase64": "?"}""")]
    [InlineData("""{"headers": "a=b"}""")]
    [InlineData("""{"headers": [{"value": "1"}]}""")]
    [InlineData("""{"headers": [1]}""")]
    public void What_is_no_record_is_refused(string line) => Assert.Throws<FormatException>(() => RecordJson.Read(Encoding.UTF8.GetBytes(line)));

    [Fact]
    public void Any_bytes_are_a_record_or_refused() => Gen.OneOf(
            Gen.Byte.Array[0, 60],
            Gen.String[Gen.Char["{}[]\":,keyvaluhrs0123456789.-\\ "], 0, 60].Select(Encoding.UTF8.GetBytes))
        .Sample(line =>
        {
            try
            {
                _ = RecordJson.Read(line);
            }
            catch (FormatException)
            {
                // That is the refusal.
            }
        });

    private static bool Same((byte[]?, byte[]?, int?, long?) first, (byte[]?, byte[]?, int?, long?) second) =>
        SameBytes(first.Item1, second.Item1) && SameBytes(first.Item2, second.Item2) && first.Item3 == second.Item3 && first.Item4 == second.Item4;

    private static bool SameBytes(byte[]? first, byte[]? second) => first is null ? second is null : second is not null && first.AsSpan().SequenceEqual(second);
}
