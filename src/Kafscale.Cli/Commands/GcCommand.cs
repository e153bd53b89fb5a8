using System.CommandLine;
using Kafscale.Broker.StorageTools;
using Kafscale.Cli.Running;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Commands;

/// <summary><c>kafscale storage gc</c>: deletes objects that nothing refers to.</summary>
internal sealed class GcCommand : StorageToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale storage gc --data-dir ./data --dry-run
          kafscale storage gc --config /etc/kafscale/broker.yaml
          kafscale storage gc --metadata sqlite:/var/lib/kafscale/metadata.db --s3-bucket my-records --min-age-sec 3600

        Brokers collect garbage by themselves; this is for looking at it, and for what is left where none runs.
        """;

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Prints what would be deleted, and deletes nothing." };

    private readonly Option<int> _minimumAge = new("--min-age-sec")
    {
        Description = "Leaves younger objects alone, in seconds.",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 60,
    };

    public GcCommand(Surroundings surroundings)
        : base("gc", "Deletes objects that nothing refers to.", ExamplesText, surroundings)
    {
        Add(_dryRun);
        Add(_minimumAge);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, ToolStores stores, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var isDryRun = parsed.GetValue(_dryRun);
        var totals = new SortedDictionary<string, (long Count, long Bytes)>(StringComparer.Ordinal);
        await using var run = new GarbageRun(
            stores.ObjectStore,
            stores.MetadataStore,
            stores.Options with { MinimumAge = TimeSpan.FromSeconds(Math.Max(0, parsed.GetValue(_minimumAge))) },
            isDryRun,
            found =>
            {
                Surroundings.Output.WriteLine($"{found.Key}  {found.Bytes} bytes  {found.Reason}");
                var (count, bytes) = totals.GetValueOrDefault(found.Reason);
                totals[found.Reason] = (count + 1, bytes + found.Bytes);
            },
            Surroundings.TimeProvider,
            stores.Random,
            loggerFactory);
        var areBrokersLive = await run.RunAsync(cancellationToken);
        foreach (var (reason, (count, bytes)) in totals)
        {
            await Surroundings.Output.WriteLineAsync($"{reason}: {count} objects, {bytes} bytes");
        }

        await Surroundings.Output.WriteLineAsync(
            $"{(isDryRun ? "Would delete" : "Deleted")} {totals.Values.Sum(total => total.Count)} objects, {totals.Values.Sum(total => total.Bytes)} bytes.");
        if (areBrokersLive)
        {
            await Surroundings.Output.WriteLineAsync(
                "Brokers are running: WAL objects that are merged and deleted topics are left to them, because their readers may still be reading.");
        }

        return ExitCode.Success;
    }
}
