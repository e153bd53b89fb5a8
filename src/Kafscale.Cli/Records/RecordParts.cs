using Kafscale.Cli.Clients;
using Kafscale.Clients;

namespace Kafscale.Cli.Records;

/// <summary>What may be shown of a record before its value.</summary>
internal static class RecordParts
{
    private static readonly (string Name, string Placeholder)[] Parts =
    [
        ("topic", "%t"), ("partition", "%p"), ("offset", "%o"), ("timestamp", "%d"), ("headers", "%h"), ("key", "%k"),
    ];

    public static IEnumerable<string> All => Parts.Select(part => part.Name);

    /// <summary>The format of lines with these parts and the value.</summary>
    /// <param name="names">Names with commas between them; the order of the parts is always the same.</param>
    /// <param name="separator">What stands between them, as in a format.</param>
    /// <param name="isHex">Whether keys, values and headers are in hexadecimal digits.</param>
    /// <exception cref="CommandFailedException">There is no such part.</exception>
    public static string ToFormat(string names, string separator, bool isHex)
    {
        var wanted = names.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (wanted.FirstOrDefault(name => !All.Contains(name)) is { } unknown)
        {
            throw new CommandFailedException($"--show has {unknown}; there are {string.Join(", ", All)}.");
        }

        var placeholders = Parts.Where(part => wanted.Contains(part.Name)).Select(part => part.Placeholder).Append("%v")
            .Select(placeholder => isHex && placeholder is ("%k" or "%v" or "%h") ? placeholder + "{hex}" : placeholder);
        return string.Join(separator.Replace("%", "%%", StringComparison.Ordinal), placeholders) + "\\n";
    }
}
