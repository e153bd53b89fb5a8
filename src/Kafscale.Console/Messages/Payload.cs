using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Kafscale.Clients.Records;

namespace Kafscale.Console.Messages;

/// <summary>Keys and values as people read them.</summary>
internal static class Payload
{
    private const int MaxDecompressedBytes = 1 << 20;
    private const int HexBytesPerLine = 16;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What bytes seem to be.</summary>
    public static PayloadKind KindOf(byte[]? bytes)
    {
        if (bytes is null)
        {
            return PayloadKind.Null;
        }

        if (bytes.Length == 0)
        {
            return PayloadKind.Empty;
        }

        if (IsCompressed(bytes))
        {
            return PayloadKind.Compressed;
        }

        if (!BytesText.IsText(bytes) || bytes.AsSpan().ContainsAnyInRange((byte)0, (byte)8))
        {
            return PayloadKind.Binary;
        }

        return bytes[0] is (byte)'{' or (byte)'[' && IsJson(bytes) ? PayloadKind.Json : PayloadKind.Text;
    }

    /// <summary>One line for a list.</summary>
    /// <param name="bytes">The beginning of it.</param>
    /// <param name="length">How long all of it is.</param>
    public static string Line(byte[]? bytes, int length)
    {
        if (bytes is null)
        {
            return "null";
        }

        if (bytes.Length == 0)
        {
            return "";
        }

        if (IsCompressed(bytes))
        {
            return length == bytes.Length && Decompress(bytes) is { } content ? Line(content, content.Length) : Convert.ToHexStringLower(bytes.AsSpan(0, Math.Min(64, bytes.Length)));
        }

        // What is cut off may have been cut within a character.
        var text = Encoding.UTF8.GetString(bytes);
        var end = length > bytes.Length ? text.TrimEnd('\ufffd') : text;
        return end.Contains('\ufffd', StringComparison.Ordinal) || end.Any(character => char.IsControl(character) && !char.IsWhiteSpace(character))
            ? Convert.ToHexStringLower(bytes.AsSpan(0, Math.Min(128, bytes.Length)))
            : end;
    }

    /// <summary>JSON with a line for each of its parts; as it is where it is no JSON.</summary>
    public static string Pretty(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes);
            return JsonSerializer.Serialize(document.RootElement, Indented);
        }
        catch (JsonException)
        {
            return Encoding.UTF8.GetString(bytes);
        }
    }

    /// <summary>Lines of an offset, sixteen bytes, and the characters that these are.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder();
        for (var start = 0; start < bytes.Length; start += HexBytesPerLine)
        {
            var line = bytes.Slice(start, Math.Min(HexBytesPerLine, bytes.Length - start));
            text.Append(start.ToString("x8", CultureInfo.InvariantCulture)).Append("  ");
            for (var i = 0; i < HexBytesPerLine; i++)
            {
                text.Append(i < line.Length ? line[i].ToString("x2", CultureInfo.InvariantCulture) : "  ").Append(i == 7 ? "  " : " ");
            }

            text.Append(' ');
            foreach (var value in line)
            {
                text.Append(value is >= 0x20 and < 0x7f ? (char)value : '.');
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>What was compressed, up to a mebibyte of it; null where it is damaged.</summary>
    public static byte[]? Decompress(byte[] bytes)
    {
        try
        {
            using var input = new MemoryStream(bytes);
            using Stream content = bytes[0] == 0x1f ? new GZipStream(input, CompressionMode.Decompress) : new ZLibStream(input, CompressionMode.Decompress);
            var buffer = new byte[MaxDecompressedBytes];
            var length = content.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            return buffer[..length];
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static bool IsCompressed(byte[] bytes) =>
        bytes.Length >= 8 && ((bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == 8) || (bytes[0] == 0x78 && bytes[1] is 0x01 or 0x5e or 0x9c or 0xda && ((bytes[0] * 256) + bytes[1]) % 31 == 0 && !BytesText.IsText(bytes)));

    private static bool IsJson(byte[] bytes)
    {
        try
        {
            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
