using System.Collections;
using System.Globalization;
using System.Text.Json;

namespace Kafscale.Cli.Rendering;

/// <summary>One value of a result: nothing, text, a number, a truth, a time, or a list of these.</summary>
internal static class Cell
{
    private const string Nothing = "-";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static bool IsNumber(object? value) => value is int or long or short or double;

    public static string ToText(object? value) => value switch
    {
        null or "" => Nothing,
        true => "yes",
        false => "no",
        DateTimeOffset time => ToText(time),
        string text => Printable(text),
        double number => number.ToString("0.##", CultureInfo.InvariantCulture),
        IEnumerable list => string.Join(',', list.Cast<object?>().Select(ToText)) is { Length: > 0 } joined ? joined : Nothing,
        _ => string.Create(CultureInfo.InvariantCulture, $"{value}"),
    };

    public static string ToText(DateTimeOffset time) => time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    public static void WriteJson(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case int or long or short:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(Math.Round(number, 3));
                break;
            case string text:
                json.WriteStringValue(text);
                break;
            case DateTimeOffset time:
                json.WriteStringValue(ToText(time));
                break;
            case IEnumerable list:
                json.WriteStartArray();
                foreach (var item in list)
                {
                    WriteJson(json, item);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteStringValue(ToText(value));
                break;
        }
    }

    /// <summary>The property's name in JSON: that of <c>LOG-START</c> is <c>logStart</c>.</summary>
    public static string ToPropertyName(string header)
    {
        var words = header.ToLowerInvariant().Split('-');
        return words[0] + string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
    }

    // What others have named must not steer the terminal.
    private static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(character => char.IsControl(character) ? '?' : character)) : text;
}
