using System.Globalization;

namespace Kafscale.Bench.Idle;

/// <summary>The options of <see cref="StartScenario"/>.</summary>
/// <param name="Starts">Starts of each kind.</param>
/// <param name="Executable">A broker to measure in turn with the one that was built; null: none.</param>
internal sealed record StartOptions(int Starts, string? Executable)
{
    private const int DefaultStarts = 10;

    /// <summary>The options that the arguments behind the command name; null where they are wrong.</summary>
    public static StartOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new StartOptions(DefaultStarts, Executable: null);
        while (options is not null && arguments is [var name, var value, ..])
        {
            options = name switch
            {
                "--starts" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var starts) && starts > 0 => options with { Starts = starts },
                "--executable" => options with { Executable = Path.GetFullPath(value) },
                _ => null,
            };
            arguments = arguments[2..];
        }

        return arguments.IsEmpty ? options : null;
    }
}
