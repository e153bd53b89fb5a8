using System.Globalization;

namespace Kafscale.Bench.Suite;

/// <summary>What is measured, for how long, and against what.</summary>
internal sealed record SuiteOptions
{
    public const string Usage =
        """
        usage: bench/run [--only TEXT] [--store memory|file|s3] [--scale X] [--runs N] [--against REVISION|none]
                         [--broker-setting NAME=VALUE]... [--list]

          --only TEXT    only cases whose names contain the text
          --store S      every case on this store, instead of on those that it names itself
          --scale X      requests of each case, as a multiple of the usual number, which takes about three seconds (default 1)
          --runs N       runs of each case with each broker; the table has the medians (default 2)
          --against R    the revision whose broker is measured in turn with this one (default: the one before the broker was changed last)
          --broker-setting NAME=VALUE   an environment variable of the brokers, for example KAFSCALE_FLUSH_BYTES=4MiB
          --list         names the cases and measures nothing

        bench/run start, idle-partitions, costs, latency, catch-up, overhead and stores measure something else; --help after them tells more.
        """;

    public const string NoRevision = "none";

    private const string List = "--list";

    public double Scale { get; private init; } = 1;

    public int Runs { get; private init; } = 2;

    /// <summary>Null: those that each case names.</summary>
    public Store? Store { get; private init; }

    public string Only { get; private init; } = "";

    /// <summary>Null: the previous one.</summary>
    public string? Against { get; private init; }

    public bool IsList { get; private init; }

    public IReadOnlyDictionary<string, string> BrokerSettings { get; private init; } = new Dictionary<string, string>();

    /// <summary>The cases that are measured, each with its stores.</summary>
    public IEnumerable<(BenchCase Case, Store Store)> Cases =>
        from benchCase in CaseList.All
        where benchCase.Name.Contains(Only, StringComparison.OrdinalIgnoreCase)
        from store in Store is { } only ? [only] : benchCase.Stores
        select (benchCase, store);

    /// <summary>The options that the arguments name; null where they are wrong.</summary>
    public static SuiteOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new SuiteOptions();
        while (!arguments.IsEmpty)
        {
            var (parsed, used) = arguments switch
            {
                [List, ..] => (options with { IsList = true }, 1),
                [var name, var value, ..] => (options.With(name, value), 2),
                _ => (null, 0),
            };
            if (parsed is null)
            {
                return null;
            }

            options = parsed;
            arguments = arguments[used..];
        }

        return options;
    }

    private SuiteOptions? With(string name, string value) => name switch
    {
        "--scale" when double.TryParse(value, CultureInfo.InvariantCulture, out var scale) && scale > 0 => this with { Scale = scale },
        "--runs" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var runs) && runs > 0 => this with { Runs = runs },
        "--store" when Enum.TryParse<Store>(value, ignoreCase: true, out var store) => this with { Store = store },
        "--only" => this with { Only = value },
        "--against" => this with { Against = value },
        "--broker-setting" when value.Split('=', 2) is [var variable, var setting] =>
            this with { BrokerSettings = new Dictionary<string, string>(BrokerSettings) { [variable] = setting } },
        _ => null,
    };
}
