using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Groups;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group delete-offsets</c>: forgets offsets of topics that nobody in the group consumes from.</summary>
internal sealed class GroupDeleteOffsetsCommand : GroupToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group delete-offsets billing --topic orders
          kafscale group delete-offsets billing --topic orders:0,3 --topic payments
        """;

    private readonly Argument<string> _group = new("group") { Description = "The group." };
    private readonly Option<string[]> _topics = new("--topic") { Description = "A topic, or some of its partitions.", HelpName = "NAME[:PARTITION,...]", Required = true };

    public GroupDeleteOffsetsCommand(Surroundings surroundings)
        : base("delete-offsets", "Deletes committed offsets.", ExamplesText, surroundings)
    {
        Add(_group);
        Add(_topics);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaCluster cluster, GroupClient groups, CancellationToken cancellationToken)
    {
        var groupId = parsed.GetValue(_group)!;
        var partitions = await TopicArguments.FindPartitionsAsync(cluster, parsed.GetValue(_topics)!, cancellationToken);
        await groups.DeleteOffsetsAsync(groupId, partitions, cancellationToken);
        await Surroundings.Output.WriteLineAsync($"Group {groupId} has no offsets of {partitions.Count} partitions any more.");
        return ExitCode.Success;
    }
}
