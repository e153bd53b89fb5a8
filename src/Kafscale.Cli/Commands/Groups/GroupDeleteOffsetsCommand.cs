using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;
using Kafscale.Clients.Groups;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group delete-offsets</c>: forgets offsets of topics that nobody in the group consumes from.</summary>
internal sealed class GroupDeleteOffsetsCommand : ClientCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group delete-offsets billing --topic orders
          kafscale group delete-offsets billing --topic orders:0,3 --topic payments
        """;

    private readonly Argument<string> _group;
    private readonly Option<string[]> _topics = new("--topic") { Description = "A topic, or some of its partitions.", HelpName = "NAME[:PARTITION,...]", Required = true };

    public GroupDeleteOffsetsCommand(ClientOptions options)
        : base("delete-offsets", "Deletes committed offsets.", ExamplesText, options)
    {
        Add(_group = GroupArgument.One(options));
        Add(_topics);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var groupId = parsed.GetValue(_group)!;
        var partitions = await new TopicCatalog(client).FindPartitionsAsync(parsed.GetValue(_topics)!, cancellationToken);
        await new GroupClient(client).DeleteOffsetsAsync(groupId, partitions, cancellationToken);
        var outcomes = new Outcomes("group");
        outcomes.AddSuccess(groupId, $"Group {groupId} has no offsets of {partitions.Count} partitions any more.");
        return ShowOutcomes(parsed, outcomes);
    }
}
