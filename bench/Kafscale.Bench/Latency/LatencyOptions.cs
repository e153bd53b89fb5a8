using System.Globalization;

namespace Kafscale.Bench.Latency;

/// <summary>How latencies are measured.</summary>
internal sealed record LatencyOptions
{
    public const string LatencyCommand = "latency";
    public const string CatchUpCommand = "catch-up";

    public const string Usage =
        """
        usage: bench/run latency [--seconds N] [--put-p50 MS] [--put-p99 MS]
               bench/run catch-up [--seconds N] [--rounds N] [--mib N]

          --seconds N     how long is measured; for catch-up, each phase without a reader (default 60 and 15)
          --put-p50 MS    the median latency of a PUT (default 100)
          --put-p99 MS    its 99th percentile (default 300)
          --rounds N      how often somebody catches up (default 4)
          --mib N         what is read each time (default 4096)
        """;

    public int Seconds { get; private init; }

    public int PutP50Ms { get; private init; } = 100;

    public int PutP99Ms { get; private init; } = 300;

    public int Rounds { get; private init; } = 4;

    public int CatchUpMib { get; private init; } = 4096;

    /// <summary>The options that the arguments name; null where they are wrong.</summary>
    public static LatencyOptions? Parse(ReadOnlySpan<string> arguments, int seconds)
    {
        var options = new LatencyOptions { Seconds = seconds };
        while (arguments is [var name, var value, .. var rest])
        {
            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || number <= 0
                || options.With(name, number) is not { } parsed)
            {
                return null;
            }

            options = parsed;
            arguments = rest;
        }

        return arguments.Length > 0 ? null : options;
    }

    private LatencyOptions? With(string name, int number) => name switch
    {
        "--seconds" => this with { Seconds = number },
        "--put-p50" => this with { PutP50Ms = number },
        "--put-p99" => this with { PutP99Ms = number },
        "--rounds" => this with { Rounds = number },
        "--mib" => this with { CatchUpMib = number },
        _ => null,
    };
}
