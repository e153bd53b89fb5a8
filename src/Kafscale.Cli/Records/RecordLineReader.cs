using System.Text;
using Kafscale.Clients.Records;

namespace Kafscale.Cli.Records;

/// <summary>Makes records of lines: of text, of hexadecimal digits, or of JSON.</summary>
/// <param name="input">How lines are to be understood.</param>
/// <param name="keySeparator">What stands between key and value; null: lines are values.</param>
/// <param name="template">What all records have in common.</param>
/// <param name="isTombstone">Whether lines are keys, whose values are null.</param>
internal sealed class RecordLineReader(string input, byte[]? keySeparator, OutgoingRecord template, bool isTombstone)
{
    /// <summary>The record of a line.</summary>
    /// <exception cref="FormatException">It has none; the message says why.</exception>
    public OutgoingRecord Read(ReadOnlyMemory<byte> line)
    {
        if (input == RecordInput.Json)
        {
            var record = RecordJson.Read(line);
            return record with
            {
                Key = record.Key ?? template.Key,
                Partition = record.Partition ?? template.Partition,
                TimestampMs = record.TimestampMs ?? template.TimestampMs,
                Headers = [.. template.Headers, .. record.Headers],
            };
        }

        if (isTombstone)
        {
            return template with { Key = Decode(line.Span), Value = null };
        }

        var separator = keySeparator is null ? -1 : line.Span.IndexOf(keySeparator);
        return separator < 0
            ? template with { Value = Decode(line.Span) }
            : template with { Key = Decode(line.Span[..separator]), Value = Decode(line.Span[(separator + keySeparator!.Length)..]) };
    }

    private byte[] Decode(ReadOnlySpan<byte> bytes)
    {
        if (input != RecordInput.Hex)
        {
            return bytes.ToArray();
        }

        var digits = Encoding.Latin1.GetString(bytes).Replace(" ", "", StringComparison.Ordinal);
        try
        {
            return Convert.FromHexString(digits);
        }
        catch (FormatException)
        {
            throw new FormatException("That is not an even number of hexadecimal digits.");
        }
    }
}
