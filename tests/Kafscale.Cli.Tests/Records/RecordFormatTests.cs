using System.Buffers;
using System.Text;
using CsCheck;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Records;
using Kafscale.Clients;
using Kafscale.Clients.Records;

namespace Kafscale.Cli.Tests.Records;

public sealed class RecordFormatTests
{
    private static readonly OutgoingRecord Order = new()
    {
        Key = "k"u8.ToArray(),
        Value = "a\"b"u8.ToArray(),
        Partition = 3,
        TimestampMs = 1772366400123,
        Headers = [KeyValuePair.Create("x", (byte[]?)"1"u8.ToArray()), KeyValuePair.Create("y", (byte[]?)null)],
    };

    [Theory]
    [InlineData("%t/%p@%o", "orders/3@12")]
    [InlineData("%k=%v|%s", "k=a\"b|a\"b")]
    [InlineData("%K %V %S %H %i", "1 3 3 2 7")]
    [InlineData("%d %T", "2026-03-01T12:00:00.123Z 1772366400123")]
    [InlineData("%h", "x=1,y=")]
    [InlineData("%v{hex} %k{base64} %v{json} %k{text}", "612262 aw== \"a\\\"b\" k")]
    [InlineData("%h{hex}", "x=31,y=")]
    [InlineData(@"\t\n\r\\\x41 100%% {}é😀", "\t\n\r\\A 100% {}é😀")]
    [InlineData("", "")]
    public void Placeholders_and_escapes_are_filled_in(string format, string expected) => Assert.Equal(expected, Write(format, Order));

    [Fact]
    public void Null_is_empty_has_the_length_minus_one_and_is_null_in_JSON() =>
        Assert.Equal("[][][-1][null]", Write("[%k][%v{hex}][%V][%v{json}]", new OutgoingRecord { TimestampMs = 0 }));

    [Theory]
    [InlineData("%")]
    [InlineData("%z")]
    [InlineData("%v{rot13}")]
    [InlineData("%v{hex")]
    [InlineData(@"\")]
    [InlineData(@"\q")]
    [InlineData(@"\x4")]
    [InlineData(@"\xzz")]
    public void What_is_no_placeholder_and_no_escape_is_refused(string format) => Assert.Throws<CommandFailedException>(() => RecordFormat.Parse(format));

    [Fact]
    public void Escaped_text_stands_for_itself() => Gen.String[0, 30].Where(text => !text.Any(char.IsSurrogate))
        .Sample(text => Assert.Equal(text, Write(RecordFormat.Escape(text), Order)));

    [Fact]
    public void Any_text_is_a_format_or_refused() => Gen.String[Gen.Char["%\\{}tpoikKvsVShHdTxn04hexjson\ud83d\ude00"], 0, 12].Sample(text =>
    {
        try
        {
            _ = Write(text, Order);
        }
        catch (CommandFailedException)
        {
            // That is the refusal.
        }
    });

    [Fact]
    public void Values_are_written_as_they_are_or_encoded_so_that_they_can_be_decoded() => RecordGenerators.Record.Sample(record =>
    {
        var value = record.Value ?? [];
        Assert.Equal(value, WriteBytes("%v", record));
        Assert.Equal(value, Convert.FromHexString(Write("%v{hex}", record)));
        Assert.Equal(value, Convert.FromBase64String(Write("%v{base64}", record)));
    });

    private static string Write(string format, OutgoingRecord record) => Encoding.UTF8.GetString(WriteBytes(format, record));

    private static byte[] WriteBytes(string format, OutgoingRecord record)
    {
        var output = new ArrayBufferWriter<byte>();
        RecordFormat.Parse(format).Write(output, RecordGenerators.Consumed(record), number: 7);
        return output.WrittenSpan.ToArray();
    }
}
