using System.Globalization;

namespace Kafscale.Bench;

/// <summary>What is measured, and for how long.</summary>
internal sealed record BenchOptions
{
    public const string Usage =
        """
        usage: bench/run [--mib N] [--requests N] [--runs N] [--store memory|file] [--only TEXT] [--broker-setting NAME=VALUE]...

          --mib N        payload that each throughput benchmark moves, in MiB (default 1024)
          --requests N   small requests that each request benchmark sends (default 100000)
          --runs N       runs with a fresh broker each; the table has the medians (default 3)
          --store S      only this store (default: both)
          --only TEXT    only benchmarks whose names contain the text; what they read is produced all the same
          --broker-setting NAME=VALUE   an environment variable of the broker, for example KAFSCALE_FLUSH_BYTES=4MiB

        bench/run costs, latency, catch-up, overhead and stores measure something else; --help tells more.
        """;

    public const string MemoryStore = "memory";
    public const string FileStore = "file";

    public int PayloadMib { get; private init; } = 1024;

    public int Requests { get; private init; } = 100_000;

    public int Runs { get; private init; } = 3;

    public IReadOnlyList<string> Stores { get; private init; } = [MemoryStore, FileStore];

    public string Only { get; private init; } = "";

    public IReadOnlyDictionary<string, string> BrokerSettings { get; private init; } = new Dictionary<string, string>();

    /// <summary>The options that the arguments name; null where they are wrong.</summary>
    public static BenchOptions? Parse(string[] args)
    {
        var options = new BenchOptions();
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            var parsed = options.With(args[i], args[i + 1]);
            if (parsed is null)
            {
                return null;
            }

            options = parsed;
        }

        return args.Length % 2 == 0 ? options : null;
    }

    public bool Includes(string benchmark) => benchmark.Contains(Only, StringComparison.OrdinalIgnoreCase);

    private BenchOptions? With(string name, string value) => name switch
    {
        "--mib" => Positive(value) is { } mib ? this with { PayloadMib = mib } : null,
        "--requests" => Positive(value) is { } requests ? this with { Requests = requests } : null,
        "--runs" => Positive(value) is { } runs ? this with { Runs = runs } : null,
        "--store" when value is MemoryStore or FileStore => this with { Stores = [value] },
        "--only" => this with { Only = value },
        "--broker-setting" when value.Split('=', 2) is [var variable, var setting] =>
            this with { BrokerSettings = new Dictionary<string, string>(BrokerSettings) { [variable] = setting } },
        _ => null,
    };

    private static int? Positive(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}
