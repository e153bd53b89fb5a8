using System.Globalization;
using System.Text.Json;

namespace Kafscale.Console.Messages;

/// <summary>
/// Something that holds for a JSON value or does not: <c>$.user.id</c> (there is one), <c>$.items[0].price &gt; 10</c>, <c>$.tags[*] = new</c>,
/// <c>$['a b'] != x</c>, <c>$.name ~ text</c> (contains).
/// </summary>
internal sealed class JsonCondition
{
    private static readonly string[] Operators = ["!=", ">=", "<=", "=", ">", "<", "~"];

    private readonly IReadOnlyList<string?> _steps;
    private readonly string? _operator;
    private readonly string _expected;

    // A step is the name of a property, the number of an element, or null for all of them.
    private JsonCondition(IReadOnlyList<string?> steps, string? comparison, string expected)
    {
        _steps = steps;
        _operator = comparison;
        _expected = expected;
    }

    /// <summary>Reads one.</summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static JsonCondition Parse(string text)
    {
        var rest = text.AsSpan().Trim();
        if (rest.Length == 0 || rest[0] != '$')
        {
            throw new FormatException("A JSON path begins with $, as in $.user.id = 42.");
        }

        rest = rest[1..];
        var steps = new List<string?>();
        while (rest.Length > 0 && rest[0] is '.' or '[')
        {
            steps.Add(rest[0] == '.' ? ReadName(ref rest) : ReadBrackets(ref rest));
        }

        rest = rest.Trim();
        if (rest.Length == 0)
        {
            return new JsonCondition(steps, null, "");
        }

        foreach (var candidate in Operators)
        {
            if (rest.StartsWith(candidate, StringComparison.Ordinal))
            {
                return new JsonCondition(steps, candidate, Unquote(rest[candidate.Length..].Trim()));
            }
        }

        throw new FormatException($"After the path comes one of {string.Join(' ', Operators)} and a value, and not {rest}.");
    }

    /// <summary>Whether it holds; it does not for what is no JSON.</summary>
    public bool Matches(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Matches(document.RootElement, 0);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string ReadName(ref ReadOnlySpan<char> rest)
    {
        var end = 1;
        while (end < rest.Length && rest[end] is not ('.' or '[' or ' ' or '=' or '!' or '<' or '>' or '~'))
        {
            end++;
        }

        var name = end > 1 ? rest[1..end].ToString() : throw new FormatException("A name is missing after a dot of the JSON path.");
        rest = rest[end..];
        return name;
    }

    private static string? ReadBrackets(ref ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOf(']');
        if (end < 0)
        {
            throw new FormatException("A ] is missing in the JSON path.");
        }

        var inside = rest[1..end].Trim();
        rest = rest[(end + 1)..];
        return inside is "*" ? null
            : inside.Length >= 2 && inside[0] is '\'' or '"' && inside[^1] == inside[0] ? inside[1..^1].ToString()
            : int.TryParse(inside, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? inside.ToString()
            : throw new FormatException($"Between [ and ] is a number, * or a name in quotes, and not {inside}.");
    }

    private static string Unquote(ReadOnlySpan<char> text) =>
        text.Length >= 2 && text[0] is '\'' or '"' && text[^1] == text[0] ? text[1..^1].ToString() : text.ToString();

    private static string TextOf(JsonElement element) => element.ValueKind == JsonValueKind.String ? element.GetString()! : element.GetRawText();

    private bool Matches(JsonElement element, int step)
    {
        if (step == _steps.Count)
        {
            return Holds(element);
        }

        var name = _steps[step];
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when name is null:
                return element.EnumerateObject().Any(property => Matches(property.Value, step + 1));
            case JsonValueKind.Object:
                return element.TryGetProperty(name, out var value) && Matches(value, step + 1);
            case JsonValueKind.Array when name is null:
                return element.EnumerateArray().Any(item => Matches(item, step + 1));
            case JsonValueKind.Array:
                return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                    && index < element.GetArrayLength() && Matches(element[index], step + 1);
            default:
                return false;
        }
    }

    private bool Holds(JsonElement element)
    {
        if (_operator is null)
        {
            return true;
        }

        var actual = TextOf(element);
        if (_operator == "~")
        {
            return actual.Contains(_expected, StringComparison.OrdinalIgnoreCase);
        }

        if (element.ValueKind == JsonValueKind.Number
            && double.TryParse(_expected, NumberStyles.Float, CultureInfo.InvariantCulture, out var expected))
        {
            return Compare(element.GetDouble().CompareTo(expected));
        }

        return Compare(string.CompareOrdinal(actual, _expected));
    }

    private bool Compare(int comparison) => _operator switch
    {
        "=" => comparison == 0,
        "!=" => comparison != 0,
        ">" => comparison > 0,
        "<" => comparison < 0,
        ">=" => comparison >= 0,
        _ => comparison <= 0,
    };
}
