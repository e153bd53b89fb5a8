using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Kafscale.Clients.Records;

/// <summary>Bytes of keys, values and headers as people see them.</summary>
internal static class BytesText
{
    public static bool IsText(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes);

    /// <summary>Encodes bytes; nothing where there are none, but <c>null</c> in JSON.</summary>
    public static ReadOnlySpan<byte> Encode(byte[]? bytes, BytesEncoding encoding) => encoding switch
    {
        BytesEncoding.Json => bytes is null ? "null"u8 : Quote(bytes),
        _ when bytes is null => [],
        BytesEncoding.Hex => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(bytes)),
        BytesEncoding.Base64 => Encoding.ASCII.GetBytes(Convert.ToBase64String(bytes)),
        _ => bytes,
    };

    // What is no text is quoted as the nearest text that there is.
    private static byte[] Quote(byte[] bytes)
    {
        var text = JsonEncodedText.Encode(Encoding.UTF8.GetString(bytes), JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        return [(byte)'"', .. text.EncodedUtf8Bytes, (byte)'"'];
    }
}
