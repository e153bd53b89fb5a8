using System.CommandLine;
using System.Globalization;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Parsing;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;
using Kafscale.Clients.Groups;
using Kafscale.Clients.Parsing;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group reset-offsets</c>: has a group without members go on somewhere else.</summary>
internal sealed class GroupResetOffsetsCommand : ClientCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group reset-offsets billing --topic orders --to-earliest --dry-run
          kafscale group reset-offsets billing --topic orders:0,3 --to-offset 1200
          kafscale group reset-offsets billing --all-topics --to-datetime 2026-03-01T00:00:00Z
          kafscale group reset-offsets billing --all-topics --by-duration 2h
          kafscale group reset-offsets billing --topic orders --shift-by -100

        Exactly one of the --to and --by options says where to. An offset before the first record, or behind the last one, becomes the
        nearest that there is. The group must have no members; it need not exist.
        """;

    private readonly Argument<string> _group;
    private readonly Option<string[]> _topics = new("--topic") { Description = "A topic, or some of its partitions.", HelpName = "NAME[:PARTITION,...]" };
    private readonly Option<bool> _allTopics = new("--all-topics") { Description = "Every partition that the group has committed for." };
    private readonly Option<bool> _toEarliest = new("--to-earliest") { Description = "To the first record that there is." };
    private readonly Option<bool> _toLatest = new("--to-latest") { Description = "Behind the last record." };
    private readonly Option<bool> _toCurrent = new("--to-current") { Description = "To where it is, or to the nearest record that there is." };
    private readonly Option<long?> _toOffset = new("--to-offset") { Description = "To an offset.", HelpName = "OFFSET" };
    private readonly Option<string> _toDateTime = new("--to-datetime") { Description = "To the first record of a time.", HelpName = "TIME" };
    private readonly Option<string> _byDuration = new("--by-duration") { Description = "To the first record that is not older than that.", HelpName = "DURATION" };
    private readonly Option<long?> _shiftBy = new("--shift-by") { Description = "Forward by that many records, or back.", HelpName = "COUNT" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Shows what would be changed, and changes nothing." };

    public GroupResetOffsetsCommand(ClientOptions options)
        : base("reset-offsets", "Sets committed offsets.", ExamplesText, options)
    {
        Add(_group = GroupArgument.One(options));
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

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var resets = ReadResets(parsed);
        if (resets.Count != 1)
        {
            throw new CommandFailedException(
                "Say where to by one of --to-earliest, --to-latest, --to-current, --to-offset, --to-datetime, --by-duration, --shift-by.");
        }

        var groupId = parsed.GetValue(_group)!;
        var arguments = parsed.GetValue(_topics) ?? [];
        if (parsed.GetValue(_allTopics) == arguments.Length > 0)
        {
            throw new CommandFailedException("Say for what by either --topic or --all-topics.");
        }

        var changes = await resets[0].PlanAsync(client, groupId, arguments, cancellationToken);
        var isDone = !parsed.GetValue(_dryRun) && changes.Count > 0;
        if (isDone)
        {
            await new GroupClient(client).CommitAsync(groupId, changes.ToDictionary(change => change.Partition, change => change.After), cancellationToken);
        }

        Show(parsed, new Report(new Fields().Add("GROUP", groupId).Add("CHANGED", isDone)).Add("partitions", Difference(changes)));
        if (!IsJson(parsed))
        {
            await Surroundings.Output.WriteLineAsync(
                isDone ? $"Offsets of {changes.Count} partitions are set."
                : changes.Count == 0 ? "Nothing is changed: the group has committed nothing."
                : "Nothing is changed: this was a dry run.");
        }

        return ExitCode.Success;
    }

    private List<OffsetReset> ReadResets(ParseResult parsed)
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

        var now = Surroundings.TimeProvider.GetUtcNow();
        if (parsed.GetValue(_toDateTime) is { } timeText)
        {
            resets.Add(TimeText.TryParse(timeText, now, out var time)
                ? new OffsetReset.ToTime(time)
                : throw new CommandFailedException($"--to-datetime is {TimeText.Examples}, and not {timeText}."));
        }

        if (parsed.GetValue(_byDuration) is { } durationText)
        {
            resets.Add(DurationText.TryParse(durationText, out var duration) && duration < now - DateTimeOffset.UnixEpoch
                ? new OffsetReset.ToTime(now - duration)
                : throw new CommandFailedException($"--by-duration is {DurationText.Examples}, and not {durationText}."));
        }

        return resets;
    }

    private static Table Difference(IReadOnlyList<OffsetChange> changes)
    {
        var table = new Table("TOPIC", "PARTITION", "CURRENT", "NEW", "CHANGE");
        foreach (var change in changes)
        {
            table.Add(
                change.Partition.Topic,
                change.Partition.Partition.Value,
                change.Before,
                change.After,
                change.Difference is { } difference ? difference.ToString("+0;-0;0", CultureInfo.InvariantCulture) : "new");
        }

        return table;
    }
}
