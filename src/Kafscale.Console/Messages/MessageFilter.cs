using System.Text;
using Confluent.Kafka;

namespace Kafscale.Console.Messages;

/// <summary>Which messages are shown: those that have all of what is asked for.</summary>
/// <param name="Key">What the key contains.</param>
/// <param name="Value">What the value contains.</param>
/// <param name="Header">What a header's name or value contains; <c>NAME=TEXT</c> asks for both.</param>
/// <param name="Json">What holds for the value, which then must be JSON.</param>
internal sealed record MessageFilter(string Key = "", string Value = "", string Header = "", JsonCondition? Json = null)
{
    /// <summary>Lets everything pass.</summary>
    public static MessageFilter None { get; } = new();

    public bool IsEmpty => Key.Length == 0 && Value.Length == 0 && Header.Length == 0 && Json is null;

    /// <summary>Whether a message is one of those.</summary>
    public bool Matches(Message<byte[]?, byte[]?> message) =>
        (Key.Length == 0 || Contains(message.Key, Key))
        && (Value.Length == 0 || Contains(message.Value, Value))
        && (Header.Length == 0 || MatchesHeader(message.Headers))
        && (Json is null || (message.Value is not null && Json.Matches(message.Value)));

    // Upper and lower case are the same; what is no text is compared as the nearest text that there is.
    private static bool Contains(byte[]? bytes, string text) =>
        bytes is not null && Encoding.UTF8.GetString(bytes).Contains(text, StringComparison.OrdinalIgnoreCase);

    private bool MatchesHeader(Headers? headers)
    {
        var equals = Header.IndexOf('=', StringComparison.Ordinal);
        return headers is not null && headers.Any(header => equals > 0
            ? header.Key.Equals(Header[..equals], StringComparison.OrdinalIgnoreCase) && Contains(header.GetValueBytes() ?? [], Header[(equals + 1)..])
            : header.Key.Contains(Header, StringComparison.OrdinalIgnoreCase) || Contains(header.GetValueBytes(), Header));
    }
}
