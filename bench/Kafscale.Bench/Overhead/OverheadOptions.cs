using System.Globalization;

namespace Kafscale.Bench.Overhead;

/// <summary>How much is measured.</summary>
internal sealed record OverheadOptions
{
    public const string Command = "overhead";

    public const string Usage =
        """
        usage: bench/run overhead [--rounds N] [--requests N]

        Produces to two brokers in turn, one of which measures and one of which does not (metrics.enabled=false), and compares the
        processor time of a request and the throughput.

          --rounds N     how often each of them has its turn (default 20)
          --requests N   requests of a turn (default 100000)
        """;

    public int Rounds { get; private init; } = 20;

    public int Requests { get; private init; } = 100_000;

    /// <summary>The options that the arguments name; null where they are wrong.</summary>
    public static OverheadOptions? Parse(string[] args)
    {
        var options = new OverheadOptions();
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            if (!int.TryParse(args[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            {
                return null;
            }

            switch (args[i])
            {
                case "--rounds":
                    options = options with { Rounds = number };
                    break;
                case "--requests":
                    options = options with { Requests = number };
                    break;
                default:
                    return null;
            }
        }

        return args.Length % 2 == 0 ? options : null;
    }
}
