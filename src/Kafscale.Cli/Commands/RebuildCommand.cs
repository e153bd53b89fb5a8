using System.CommandLine;
using Kafscale.Broker.StorageTools;
using Kafscale.Cli.Running;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Commands;

/// <summary><c>kafscale storage rebuild</c>: makes lost metadata anew from the bucket.</summary>
internal sealed class RebuildCommand : StorageToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale storage rebuild --data-dir ./data --dry-run
          kafscale storage rebuild --config /etc/kafscale/broker.yaml
          kafscale storage rebuild --s3-bucket my-records --metadata sqlite:/var/lib/kafscale/new.db

        The metadata store must be empty. Stop all brokers before; those of the old metadata must not start again.
        """;

    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Prints what would be written, and writes nothing." };

    private readonly Option<bool> _acceptLoss = new("--accept-loss")
    {
        Description = "Goes on where something that was acknowledged cannot be brought back.",
    };

    private readonly Option<bool> _discardUnfinished = new("--discard-unfinished")
    {
        Description = "Removes what a rebuild that was broken off has left in the metadata store, instead of refusing it.",
    };

    public RebuildCommand(Surroundings surroundings)
        : base("rebuild", "Makes lost metadata anew from the bucket.", ExamplesText, surroundings)
    {
        Add(_dryRun);
        Add(_acceptLoss);
        Add(_discardUnfinished);
    }

    protected override bool CreatesMetadata(ParseResult parsed) => !parsed.GetValue(_dryRun);

    protected override async Task<int> RunAsync(ParseResult parsed, ToolStores stores, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var rebuild = new StorageRebuild(stores.ObjectStore, stores.MetadataStore, stores.Options, Surroundings.TimeProvider, stores.Random)
        {
            DiscardsUnfinished = parsed.GetValue(_discardUnfinished),
        };
        var plan = await rebuild.PlanAsync(cancellationToken);
        await PrintAsync(plan);
        if (parsed.GetValue(_dryRun))
        {
            return ExitCode.Success;
        }

        if (plan.Losses.Count > 0 && !parsed.GetValue(_acceptLoss))
        {
            return await FailAsync(
                $"Nothing was written, because {plan.Losses.Count} things can not be brought back (see LOST above). Restore the objects from a copy of the bucket, or go on with --accept-loss.");
        }

        await rebuild.ExecuteAsync(plan, cancellationToken);
        await Surroundings.Output.WriteLineAsync("The metadata are rebuilt. 'kafscale storage verify' checks them against every object.");
        return ExitCode.Success;
    }

    private async Task PrintAsync(RebuildPlan plan)
    {
        var output = Surroundings.Output;
        await output.WriteLineAsync($"Cluster {plan.ClusterId}, incarnation {plan.Incarnation}");
        await output.WriteLineAsync(plan.Snapshot is null
            ? "No copy of the metadata is in the bucket."
            : $"Configurations, groups and {plan.CommittedOffsets} committed offsets as of {plan.SnapshotTakenAt:u}, from {plan.Snapshot}");
        foreach (var topic in plan.Topics)
        {
            await output.WriteLineAsync($"Topic {topic.Name} ({topic.TopicId:n}), {topic.Partitions.Count} partitions");
            foreach (var partition in topic.Partitions.Where(partition => partition.HighWatermark > 0))
            {
                await output.WriteLineAsync(
                    $"  partition {partition.Partition}: offsets {partition.LogStartOffset} to before {partition.HighWatermark}, in segments to before {partition.MergedThroughOffset}, leader epoch {partition.LeaderEpoch}");
            }
        }

        await output.WriteLineAsync($"{plan.CommittedWalObjects} WAL objects are committed again.");
        foreach (var remark in plan.Remarks)
        {
            await output.WriteLineAsync($"Note: {remark}");
        }

        foreach (var loss in plan.Losses)
        {
            await output.WriteLineAsync($"LOST: {loss}");
        }
    }
}
