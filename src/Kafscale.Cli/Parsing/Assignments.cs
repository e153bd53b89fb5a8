using Kafscale.Cli.Clients;
using Kafscale.Clients;

namespace Kafscale.Cli.Parsing;

/// <summary>Values of options that are NAME=VALUE.</summary>
internal static class Assignments
{
    /// <summary>Reads all of them.</summary>
    /// <exception cref="CommandFailedException">One is none, or a name comes twice.</exception>
    public static Dictionary<string, string> Parse(string option, IEnumerable<string>? values)
    {
        var parsed = new Dictionary<string, string>();
        foreach (var value in values ?? [])
        {
            var (name, assigned) = Split(option, value);
            if (!parsed.TryAdd(name, assigned))
            {
                throw new CommandFailedException($"{option} {name} is given twice.");
            }
        }

        return parsed;
    }

    /// <summary>Reads one of them.</summary>
    /// <exception cref="CommandFailedException">It is none.</exception>
    public static (string Name, string Value) Split(string option, string value)
    {
        var equals = value.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 ? (value[..equals], value[(equals + 1)..]) : throw new CommandFailedException($"{option} is NAME=VALUE, and not {value}.");
    }
}
