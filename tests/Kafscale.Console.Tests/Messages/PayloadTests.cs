using System.IO.Compression;
using System.Text;
using CsCheck;
using Kafscale.Console.Messages;

namespace Kafscale.Console.Tests.Messages;

public sealed class PayloadTests
{
    [Fact]
    public void It_is_told_what_bytes_are()
    {
        Assert.Equal(PayloadKind.Null, Payload.KindOf(null));
        Assert.Equal(PayloadKind.Empty, Payload.KindOf([]));
        Assert.Equal(PayloadKind.Json, Payload.KindOf("""{"a":[1,2]}"""u8.ToArray()));
        Assert.Equal(PayloadKind.Text, Payload.KindOf("{not json"u8.ToArray()));
        Assert.Equal(PayloadKind.Text, Payload.KindOf("grüße"u8.ToArray()));
        Assert.Equal(PayloadKind.Binary, Payload.KindOf([0, 1, 2, 255]));
        Assert.Equal(PayloadKind.Compressed, Payload.KindOf(Gzip("hello, hello, hello")));
    }

    [Fact]
    public void What_was_compressed_is_unpacked()
    {
        Assert.Equal("hello, hello, hello", Encoding.UTF8.GetString(Payload.Decompress(Gzip("hello, hello, hello"))!));
        Assert.Equal("hello, hello, hello", Payload.Line(Gzip("hello, hello, hello"), Gzip("hello, hello, hello").Length));
    }

    [Fact]
    public void What_is_unpacked_is_bounded() =>
        Assert.Equal(1 << 20, Payload.Decompress(Gzip(new string('x', 10 << 20)))!.Length);

    [Fact]
    public void Hexadecimal_lines_have_offset_bytes_and_characters() =>
        Assert.Equal("00000000  41 42 00 ff                                       AB..\n", Payload.Hex([0x41, 0x42, 0, 0xff]));

    [Fact]
    public void A_line_of_text_that_was_cut_within_a_character_stays_text() =>
        Assert.Equal("ab", Payload.Line([.. "ab"u8, 0xc3], 100));

    [Fact]
    public void No_bytes_make_it_fail() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        Payload.KindOf(bytes);
        Payload.Line(bytes, bytes.Length);
        Payload.Pretty(bytes);
        Payload.Hex(bytes);
    });

    private static byte[] Gzip(string text)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Optimal))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return output.ToArray();
    }
}
