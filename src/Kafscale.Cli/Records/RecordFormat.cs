using System.Buffers;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;
using Kafscale.Clients.Records;

namespace Kafscale.Cli.Records;

/// <summary>
/// How a record is written: text with placeholders, <c>%k</c> for the key, <c>%v{hex}</c> for the value in hexadecimal digits, and
/// escapes, <c>\n</c> for the end of a line.
/// </summary>
internal sealed class RecordFormat
{
    public const string Help = """
        --format has these placeholders, as kcat and rpk have them:
          %t topic          %p partition      %o offset         %i number of the record, from 1 on
          %k key            %K its length     %v value (or %s)  %V its length (or %S); the length of null is -1
          %h headers        %H how many       %d time           %T time in Unix milliseconds       %% a percent sign
        %k, %v and %h take {hex}, {base64} or {json} behind them. Escapes: \n \t \r \0 \\ \xNN. No end of line is added.
        """;

    private readonly List<Part> _parts;

    private RecordFormat(List<Part> parts) => _parts = parts;

    /// <exception cref="CommandFailedException">There is no such placeholder, modifier or escape.</exception>
    public static RecordFormat Parse(string text)
    {
        var parts = new List<Part>();
        var literal = new ArrayBufferWriter<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\\':
                    literal.Write([ReadEscape(text, ref i)]);
                    break;
                case '%' when i + 1 < text.Length && text[i + 1] == '%':
                    literal.Write("%"u8);
                    i++;
                    break;
                case '%':
                    AddLiteral();
                    parts.Add(ReadPlaceholder(text, ref i));
                    break;
                default:
                    var length = char.IsSurrogatePair(text, i) ? 2 : 1;
                    literal.Write(Encoding.UTF8.GetBytes(text.Substring(i, length)));
                    i += length - 1;
                    break;
            }
        }

        AddLiteral();
        return new RecordFormat(parts);

        void AddLiteral()
        {
            if (literal.WrittenCount > 0)
            {
                parts.Add(new Part('"', literal.WrittenSpan.ToArray(), BytesEncoding.Text));
                literal.Clear();
            }
        }
    }

    /// <summary>Text that stands for itself in a format.</summary>
    public static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal);

    /// <summary>Writes a record.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="record">The record.</param>
    /// <param name="number">Which one it is of those that are written, from 1 on.</param>
    public void Write(IBufferWriter<byte> output, ConsumeResult<byte[]?, byte[]?> record, long number)
    {
        foreach (var part in _parts)
        {
            if (part.Field == '"')
            {
                output.Write(part.Literal);
                continue;
            }

            var message = record.Message;
            switch (part.Field)
            {
                case 'k':
                    output.Write(BytesText.Encode(message.Key, part.Encoding));
                    break;
                case 'v' or 's':
                    output.Write(BytesText.Encode(message.Value, part.Encoding));
                    break;
                case 'h':
                    WriteHeaders(output, message.Headers, part.Encoding);
                    break;
                default:
                    output.Write(Encoding.UTF8.GetBytes(TextOf(part.Field, record, number)));
                    break;
            }
        }
    }

    private static string TextOf(char field, ConsumeResult<byte[]?, byte[]?> record, long number)
    {
        var message = record.Message;
        return field switch
        {
            't' => record.Topic,
            'd' => Cell.ToText(DateTimeOffset.FromUnixTimeMilliseconds(message.Timestamp.UnixTimestampMs)),
            _ => (field switch
            {
                'p' => record.Partition.Value,
                'o' => record.Offset.Value,
                'i' => number,
                'K' => message.Key?.Length ?? -1,
                'V' or 'S' => message.Value?.Length ?? -1,
                'H' => message.Headers.Count,
                _ => message.Timestamp.UnixTimestampMs,
            }).ToString(CultureInfo.InvariantCulture),
        };
    }

    private static void WriteHeaders(IBufferWriter<byte> output, Headers headers, BytesEncoding encoding)
    {
        for (var i = 0; i < headers.Count; i++)
        {
            if (i > 0)
            {
                output.Write(","u8);
            }

            output.Write(Encoding.UTF8.GetBytes(headers[i].Key));
            output.Write("="u8);
            output.Write(BytesText.Encode(headers[i].GetValueBytes(), encoding));
        }
    }

    private static byte ReadEscape(string text, ref int i)
    {
        if (++i >= text.Length)
        {
            throw new CommandFailedException("--format ends in the middle of an escape; \\\\ is a backslash.");
        }

        switch (text[i])
        {
            case 'n':
                return (byte)'\n';
            case 't':
                return (byte)'\t';
            case 'r':
                return (byte)'\r';
            case '0':
                return 0;
            case '\\':
                return (byte)'\\';
            case 'x' when i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value):
                i += 2;
                return value;
            default:
                throw new CommandFailedException($"--format has the escape \\{text[i]}; there are \\n, \\t, \\r, \\0, \\\\ and \\xNN.");
        }
    }

    private static Part ReadPlaceholder(string text, ref int i)
    {
        if (++i >= text.Length || !"tpoikKvsVShHdT".Contains(text[i], StringComparison.Ordinal))
        {
            throw new CommandFailedException(
                $"--format has {(i < text.Length ? $"%{text[i]}" : "a % at its end")}; there are %t %p %o %i %k %K %v %V %h %H %d %T, and %% for a percent sign.");
        }

        var field = text[i];
        if (i + 1 >= text.Length || text[i + 1] != '{' || !"kvsh".Contains(field, StringComparison.Ordinal))
        {
            return new Part(field, [], BytesEncoding.Text);
        }

        var end = text.IndexOf('}', i);
        var modifier = end < 0 ? text[(i + 2)..] : text[(i + 2)..end];
        i = end;
        return end >= 0 && modifier is "text" or "hex" or "base64" or "json"
            ? new Part(field, [], Enum.Parse<BytesEncoding>(modifier, ignoreCase: true))
            : throw new CommandFailedException($"--format has %{field}{{{modifier}; there are {{text}}, {{hex}}, {{base64}} and {{json}}.");
    }

    private readonly record struct Part(char Field, byte[] Literal, BytesEncoding Encoding);
}
