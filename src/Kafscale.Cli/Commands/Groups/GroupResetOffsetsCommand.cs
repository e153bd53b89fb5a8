using System.CommandLine;
using System.Globalization;
using System.Xml;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Groups;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group reset-offsets</c>: has a group without members go on somewhere else.</summary>
internal sealed class GroupResetOffsetsCommand : GroupToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group reset-offsets billing --topic orders --to-earliest --dry-run
          kafscale group reset-offsets billing --topic orders:0,3 --to-offset 1200
          kafscale group reset-offsets billing --all-topics --to-datetime 2026-03-01T00:00:00Z
          kafscale group reset-offsets billing --all-topics --by-duration PT2H
          kafscale group reset-offsets billing --topic orders --shift-by -100

        Exactly one of the --to and --by options says where to. An offset before the first record, or behind the last one, becomes the
        nearest that there is. The group must have no members; it need not exist.
        """;

    private readonly Argument<string> _group = new("group") { Description = "The group." };
    private readonly Option<string[]> _topics = new("--topic") { Description = "A topic, or some of its partitions.", HelpName = "NAME[:PARTITION,...]" };
    private readonly Option<bool> _allTopics = new("--all-topics") { Description = "Every partition that the group has committed for." };
    private readonly Option<bool> _toEarliest = new("--to-earliest") { Description = "To the first record that there is." };
    private readonly Option<bool> _toLatest = new("--to-latest") { Description = "Behind the last record." };
    private readonly Option<bool> _toCurrent = new("--to-current") { Description = "To where it is, or to the nearest record that there is." };
    private readonly Option<long?> _toOffset = new("--to-offset") { Description = "To an offset.", HelpName = "OFFSET" };
    private readonly Option<string> _toDateTime = new("--to-datetime") { Description = "To the first record of a time.", HelpName = "YYYY-MM-DDThh:mm:ssZ" };
    private readonly Option<string> _byDuration = new("--by-duration") { Description = "To the first record that is not older than that.", HelpName = "PnDTnHnMnS" };
    private readonly Option<long?> _shiftBy = new("--shift-by") { Description = "Forward by that many records, or back.", HelpName = "COUNT" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Shows what would be changed, and changes nothing." };

    public GroupResetOffsetsCommand(Surroundings surroundings)
        : base("reset-offsets", "Sets committed offsets.", ExamplesText, surroundings)
    {
        Add(_group);
        Add(_topics);
        Add(_allTopics);
        Add(_toEarliest);
        Add(_toLatest);
        Add(_toCurrent);
        Add(_toOffset);
        Add(_toDateTime);
        Add(_byDuration);
        Add(_shiftBy);
        Add(_dryRun);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaCluster cluster, GroupClient groups, CancellationToken cancellationToken)
    {
        var (resets, fault) = ReadResets(parsed);
        if (fault is not null || resets.Count != 1)
        {
            return await FailAsync(
                fault ?? "Say where to by one of --to-earliest, --to-latest, --to-current, --to-offset, --to-datetime, --by-duration, --shift-by.");
        }

        var groupId = parsed.GetValue(_group)!;
        var topics = parsed.GetValue(_topics) ?? [];
        if (parsed.GetValue(_allTopics) == topics.Length > 0)
        {
            return await FailAsync("Say for what by either --topic or --all-topics.");
        }

        var committed = await groups.FindCommittedAsync(groupId, cancellationToken);
        var partitions = topics.Length > 0
            ? await TopicArguments.FindPartitionsAsync(cluster, topics, cancellationToken)
            : [.. committed.Keys.OrderBy(partition => partition.Topic, StringComparer.Ordinal).ThenBy(partition => partition.Partition)];
        var planned = await resets[0].PlanAsync(cluster, committed, partitions, cancellationToken);
        await WriteDifferenceAsync(partitions, committed, planned);
        if (parsed.GetValue(_dryRun))
        {
            await Surroundings.Output.WriteLineAsync("Nothing is changed: this was a dry run.");
        }
        else if (partitions.Count > 0)
        {
            await groups.CommitAsync(groupId, planned, cancellationToken);
            await Surroundings.Output.WriteLineAsync($"Offsets of {partitions.Count} partitions are set.");
        }

        return ExitCode.Success;
    }

    private (List<OffsetReset> Resets, string? Fault) ReadResets(ParseResult parsed)
    {
        var resets = new List<OffsetReset>();
        if (parsed.GetValue(_toEarliest))
        {
            resets.Add(new OffsetReset.ToEarliest());
        }

        if (parsed.GetValue(_toLatest))
        {
            resets.Add(new OffsetReset.ToLatest());
        }

        if (parsed.GetValue(_toCurrent))
        {
            resets.Add(new OffsetReset.ToCurrent());
        }

        if (parsed.GetValue(_toOffset) is { } offset)
        {
            resets.Add(new OffsetReset.ToOffset(offset));
        }

        if (parsed.GetValue(_shiftBy) is { } count)
        {
            resets.Add(new OffsetReset.Shift(count));
        }

        if (parsed.GetValue(_toDateTime) is { } text)
        {
            if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            {
                return (resets, $"--to-datetime is a time such as 2026-03-01T12:00:00Z, and not {text}.");
            }

            resets.Add(new OffsetReset.ToTime(time));
        }

        if (parsed.GetValue(_byDuration) is { } durationText)
        {
            if (!TryParseDuration(durationText, out var duration))
            {
                return (resets, $"--by-duration is a duration such as PT2H or P1DT30M, and not {durationText}.");
            }

            resets.Add(new OffsetReset.ToTime(Surroundings.TimeProvider.GetUtcNow() - duration));
        }

        return (resets, null);
    }

    private static bool TryParseDuration(string text, out TimeSpan duration)
    {
        try
        {
            duration = XmlConvert.ToTimeSpan(text);
            return duration >= TimeSpan.Zero;
        }
        catch (FormatException)
        {
            duration = default;
            return false;
        }
    }

    private async Task WriteDifferenceAsync(
        IReadOnlyList<(string Topic, int Partition)> partitions,
        Dictionary<(string Topic, int Partition), long> committed,
        Dictionary<(string Topic, int Partition), long> planned)
    {
        var table = new TextTable("TOPIC", "PARTITION", "CURRENT", "NEW", "CHANGE");
        foreach (var partition in partitions)
        {
            long? current = committed.TryGetValue(partition, out var offset) ? offset : null;
            var change = planned[partition] - current;
            table.Add(
                partition.Topic,
                partition.Partition,
                current,
                planned[partition],
                change is null ? "new" : change.Value.ToString("+0;-0;0", CultureInfo.InvariantCulture));
        }

        await table.WriteAsync(Surroundings.Output);
    }
}
