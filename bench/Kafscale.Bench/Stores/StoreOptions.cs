using System.Globalization;

namespace Kafscale.Bench.Stores;

/// <summary>How object stores are measured.</summary>
internal sealed record StoreOptions
{
    public const string Command = "stores";

    public const string Usage =
        """
        usage: bench/run stores [--mib N]

          --mib N   what is written to and read from each store (default 1024)
        """;

    public int Mib { get; private init; } = 1024;

    /// <summary>The options that the arguments name; null where they are wrong.</summary>
    public static StoreOptions? Parse(ReadOnlySpan<string> arguments) => arguments switch
    {
        [] => new StoreOptions(),
        ["--mib", var value] when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var mib) && mib > 0 =>
            new StoreOptions { Mib = mib },
        _ => null,
    };
}
