using System.CommandLine;
using Confluent.Kafka;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Commands.Topics;
using Kafscale.Cli.Parsing;
using Kafscale.Cli.Records;
using Kafscale.Clients;
using Kafscale.Clients.Parsing;
using Kafscale.Clients.Records;

namespace Kafscale.Cli.Commands.Records;

/// <summary><c>kafscale consume</c>: reads records.</summary>
internal sealed class ConsumeCommand : ClientCommand
{
    private const string ExamplesText = $"""
        Examples:
          kafscale consume orders                             # everything that is there now
          kafscale consume orders --follow --from end         # what comes from now on
          kafscale consume orders --last 10 --show partition,offset,key
          kafscale consume orders:0,3 --from -10m --to now --count 100
          kafscale consume orders --from 2026-03-01T12:00:00Z --output json | jq .value
          kafscale consume orders --format '%p:%o %d %k=%v\n'
          kafscale consume orders --group billing --follow    # as a member of a group, which commits

        {RecordFormat.Help}
        """;

    private const string TextOutput = "text";
    private const string JsonOutput = "json";
    private const string HexOutput = "hex";
    private const int MaxLast = 100_000;

    private readonly Argument<string[]> _topics;

    private readonly Option<string> _partitions = new("--partition", "-p") { Description = "Only these partitions.", HelpName = "NUMBER,..." };
    private readonly Option<string> _from = new("--from")
    {
        Description = "Where to begin: beginning, end, an offset, or a time as 2026-03-01T12:00:00Z or -10m. Default: beginning.",
        HelpName = "WHERE",
    };

    private readonly Option<string> _to = new("--to") { Description = "Where to end, as --from; what is there is not read any more.", HelpName = "WHERE" };
    private readonly Option<int?> _last = new("--last") { Description = "Only the last records, of all partitions together by their time.", HelpName = "COUNT" };
    private readonly Option<long?> _count = new("--count", "-n") { Description = "Ends after so many records; with --follow, waits until there are so many.", HelpName = "COUNT" };
    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Goes on with what comes, until Ctrl-C." };
    private readonly Option<string> _group = new("--group", "-g") { Description = "Reads as a member of this group, from where it is, and commits.", HelpName = "NAME" };
    private readonly Option<string> _show = new("--show") { Description = $"What is shown before the value: {string.Join(", ", RecordParts.All)}.", HelpName = "PART,..." };
    private readonly Option<string> _separator = new("--separator") { Description = "What stands between the parts; \\t and the like are understood. Default: a tab.", HelpName = "TEXT" };
    private readonly Option<string> _format = new("--format") { Description = "How records are written; see below.", HelpName = "TEXT" };
    private readonly Option<string> _file = new("--file") { Description = "Writes to this file instead of the standard output.", HelpName = "FILE" };
    private readonly Option<string> _output = new Option<string>("--output", "-o")
    {
        Description = "Lines of text, keys and values in hexadecimal digits, or an object of JSON in each line.",
        DefaultValueFactory = _ => TextOutput,
    }.Among(TextOutput, JsonOutput, HexOutput);

    public ConsumeCommand(ClientOptions options)
        : base("consume", "Reads records of topics.", ExamplesText, options)
    {
        Add(_topics = TopicArguments.Several(options, "Topics, or some of their partitions as orders:0,3."));
        foreach (var option in (ReadOnlySpan<Option>)[_from, _to, _last, _count, _follow, _partitions, _group, _output, _show, _separator, _format, _file])
        {
            Add(option);
        }

        options.AddTo(this);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var count = parsed.GetValue(_count) is null or > 0 ? parsed.GetValue(_count) : throw new CommandFailedException("--count is a number from 1 on.");
        var format = ReadFormat(parsed);
        var isFollowing = parsed.GetValue(_follow);
        using var consumer = client.CreateConsumer(ConsumerProperties(parsed));
        var read = parsed.GetValue(_group) is null
            ? await OpenRangesAsync(parsed, client, consumer, cancellationToken)
            : OpenGroup(parsed, consumer);
        if (read is null)
        {
            return ExitCode.Success;
        }

        await using var writer = OpenOutput(parsed, format);
        var isMember = parsed.GetValue(_group) is not null;
        try
        {
            while ((count is null || writer.Count < count) && read(writer.Flush, cancellationToken) is { } record)
            {
                writer.Write(record);
                if (isMember)
                {
                    // Only what has been written counts as read.
                    writer.Flush();
                    consumer.StoreOffset(record);
                }
            }

            writer.Flush();
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (isFollowing)
        {
            // There is no other end to it.
            writer.Flush();
            return count is null ? ExitCode.Success : ExitCode.Interrupted;
        }
        catch (OperationCanceledException)
        {
            writer.Flush();
            return ExitCode.Interrupted;
        }
        finally
        {
            // Leaves the group, and has the offsets committed.
            consumer.Close();
        }
    }

    private async Task<Func<Action, CancellationToken, ConsumeResult<byte[]?, byte[]?>?>?> OpenRangesAsync(
        ParseResult parsed, KafkaClient client, IConsumer<byte[]?, byte[]?> consumer, CancellationToken cancellationToken)
    {
        var now = Surroundings.TimeProvider.GetUtcNow();
        var last = parsed.GetValue(_last);
        if (last is < 1 or > MaxLast || (last is not null && parsed.GetValue(_from) is not null))
        {
            throw new CommandFailedException($"--last is a number from 1 to {MaxLast}, in place of --from.");
        }

        var from = LogPosition.Parse("--from", parsed.GetValue(_from) ?? "beginning", now);
        var to = parsed.GetValue(_to) is { } end ? LogPosition.Parse("--to", end, now) : null;
        var isFollowing = parsed.GetValue(_follow);
        var topics = new TopicCatalog(client);
        var partitions = await topics.FindPartitionsAsync(ReadTopics(parsed), cancellationToken);
        var ranges = await new RangePlanner(topics).PlanAsync(partitions, from, to, last, isFollowing, cancellationToken);
        if (ranges.Count == 0)
        {
            if (Surroundings.IsTerminal)
            {
                await Surroundings.Error.WriteLineAsync("There are no such records. --follow waits for them.");
            }

            return null;
        }

        return last is null
            ? new RangeReader(consumer, ranges).Read
            : new LastRecordsReader(consumer, ranges, last.Value, isFollowing).Read;
    }

    private Func<Action, CancellationToken, ConsumeResult<byte[]?, byte[]?>?> OpenGroup(ParseResult parsed, IConsumer<byte[]?, byte[]?> consumer)
    {
        var topics = parsed.GetValue(_topics)!;
        if (parsed.GetValue(_last) is not null || parsed.GetValue(_to) is not null || parsed.GetValue(_partitions) is not null
            || topics.Any(topic => topic.Contains(':', StringComparison.Ordinal))
            || parsed.GetValue(_from) is not (null or "beginning" or "end"))
        {
            throw new CommandFailedException(
                "In a group it is the group that says from where, and which partitions: --group takes whole topics, and --from beginning or end for where it has no offset.");
        }

        return new GroupReader(consumer, topics, parsed.GetValue(_follow)).Read;
    }

    private ConsumerConfig ConsumerProperties(ParseResult parsed)
    {
        var group = parsed.GetValue(_group);
        return new ConsumerConfig
        {
            GroupId = group,
            EnableAutoCommit = group is not null,
            EnableAutoOffsetStore = false,
            AutoOffsetReset = parsed.GetValue(_from) == "end" ? AutoOffsetReset.Latest : AutoOffsetReset.Earliest,
            EnablePartitionEof = true,
            AllowAutoCreateTopics = false,
        };
    }

    private IEnumerable<string> ReadTopics(ParseResult parsed)
    {
        var topics = parsed.GetValue(_topics)!;
        if (parsed.GetValue(_partitions) is not { } partitions)
        {
            return topics;
        }

        if (!TopicArgument.TryParsePartitions(partitions, out _))
        {
            throw new CommandFailedException($"--partition is a number from 0 on, or several with commas between them, and not {partitions}.");
        }

        return topics.Select(topic => topic.Contains(':', StringComparison.Ordinal)
            ? throw new CommandFailedException("Say the partitions once: with the topic, or by --partition.")
            : $"{topic}:{partitions}");
    }

    private RecordFormat? ReadFormat(ParseResult parsed)
    {
        var output = parsed.GetValue(_output)!;
        if (parsed.GetValue(_format) is { } format)
        {
            return output == TextOutput ? RecordFormat.Parse(format) : throw new CommandFailedException("--format is for text alone: %v{hex} and %v{json} encode a value.");
        }

        return output == JsonOutput
            ? null
            : RecordFormat.Parse(RecordParts.ToFormat(parsed.GetValue(_show) ?? "", parsed.GetValue(_separator) ?? "\\t", isHex: output == HexOutput));
    }

    private RecordWriter OpenOutput(ParseResult parsed, RecordFormat? format) => parsed.GetValue(_file) is { } file
        ? new RecordWriter(new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0), format, isPipe: false)
        : new RecordWriter(Surroundings.OutputBytes?.Invoke() ?? throw new CommandFailedException("There is no output: name a file."), format, isPipe: true);
}
