using System.Globalization;

namespace Kafscale.Bench;

/// <summary>The options of a command that has but one, a number.</summary>
internal sealed record CountOptions(int Count)
{
    /// <summary>The options that the arguments name; null where they are wrong.</summary>
    /// <param name="arguments">Behind the command.</param>
    /// <param name="name">Of the option.</param>
    /// <param name="count">The default.</param>
    public static CountOptions? Parse(ReadOnlySpan<string> arguments, string name, int count) => arguments switch
    {
        [] => new CountOptions(count),
        [var given, var value] when given == name && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 =>
            new CountOptions(number),
        _ => null,
    };
}
