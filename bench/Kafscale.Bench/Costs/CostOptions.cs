using System.Globalization;

namespace Kafscale.Bench.Costs;

/// <summary>For how many partitions the requests to the object store are counted.</summary>
internal sealed record CostOptions
{
    public const string Command = "costs";

    public const string Usage =
        """
        usage: bench/run costs [--partitions N]... [--minutes N]

          --partitions N   how many partitions share the load (default 1, 100, 1000 and 10000, one after another)
          --minutes N      how long the load lasts by the virtual clock (default 9, less than segment.ms, so that all is merged once)
        """;

    public IReadOnlyList<int> Partitions { get; private init; } = [];

    public int Minutes { get; private init; } = 9;

    /// <summary>The options that the arguments name; null where they are wrong.</summary>
    public static CostOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new CostOptions();
        while (arguments is [var name, var value, .. var rest])
        {
            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number <= 0)
            {
                return null;
            }

            switch (name)
            {
                case "--partitions":
                    options = options with { Partitions = [.. options.Partitions, number] };
                    break;
                case "--minutes":
                    options = options with { Minutes = number };
                    break;
                default:
                    return null;
            }

            arguments = rest;
        }

        return arguments.Length > 0 ? null : options.Partitions.Count > 0 ? options : options with { Partitions = [1, 100, 1_000, 10_000] };
    }
}
