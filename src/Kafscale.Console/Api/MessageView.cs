using System.Text;
using Kafscale.Clients.Records;
using Kafscale.Console.Messages;

namespace Kafscale.Console.Api;

/// <summary>A message in a list; what is no text is in Base64.</summary>
internal sealed record MessageView(
    int Partition, long Offset, DateTimeOffset? Time, string? Key, string? KeyBase64, string? Value, string? ValueBase64, int KeyLength, int ValueLength, int Headers)
{
    public static MessageView Of(ShownMessage message) => new(
        message.Partition,
        message.Offset,
        message.Time,
        TextOf(message.Key),
        Base64Of(message.Key),
        TextOf(message.Value),
        Base64Of(message.Value),
        message.KeyLength,
        message.ValueLength,
        message.Headers);

    private static string? TextOf(byte[]? bytes) => bytes is not null && BytesText.IsText(bytes) ? Encoding.UTF8.GetString(bytes) : null;

    private static string? Base64Of(byte[]? bytes) => bytes is null || BytesText.IsText(bytes) ? null : Convert.ToBase64String(bytes);
}
