using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Topics;

/// <summary><c>kafscale topic add-partitions</c>.</summary>
internal sealed class TopicAddPartitionsCommand : TopicChangeCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale topic add-partitions orders --count 3     # three more
          kafscale topic add-partitions orders --to 12       # twelve in all

        Partitions cannot be taken away again. Records with a key may go to another partition than before.
        """;

    private readonly Option<int?> _count = new("--count", "-n") { Description = "How many more.", HelpName = "COUNT" };
    private readonly Option<int?> _to = new("--to") { Description = "How many there are to be in all.", HelpName = "COUNT" };

    public TopicAddPartitionsCommand(ClientOptions options)
        : base("add-partitions", "Gives topics more partitions.", ExamplesText, options)
    {
        Add(_count);
        Add(_to);
    }

    protected override async Task<string> ChangeAsync(ParseResult parsed, KafkaClient client, string topic, CancellationToken cancellationToken)
    {
        var (count, to) = (parsed.GetValue(_count), parsed.GetValue(_to));
        if (count is null == to is null || count < 1)
        {
            throw new CommandFailedException("Say how many by either --count or --to, from 1 on.");
        }

        var wanted = to ?? (await new TopicCatalog(client).DescribeAsync([topic], cancellationToken))[0].Partitions.Count + count!.Value;
        await new TopicChanges(client).AddPartitionsAsync(topic, wanted, cancellationToken);
        return $"Topic {topic} has {wanted} partitions.";
    }

    protected override string FailureOf(string topic) => $"Topic {topic} has no more partitions than before:";
}
