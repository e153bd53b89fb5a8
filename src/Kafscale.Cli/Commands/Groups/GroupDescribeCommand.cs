using System.CommandLine;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;
using Kafscale.Clients.Groups;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group describe</c>: who is in a group, and how far it is.</summary>
internal sealed class GroupDescribeCommand : ClientCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group describe billing
          kafscale group describe billing audit --members
          kafscale group describe billing --output json | jq '.[].lag'
        """;

    private readonly Argument<string[]> _groups;
    private readonly Option<bool> _members = new("--members") { Description = "Shows the members instead of offsets and lag." };

    public GroupDescribeCommand(ClientOptions options)
        : base("describe", "Shows a group's state, and offset and lag of each partition.", ExamplesText, options)
    {
        Add(_groups = GroupArgument.Several(options));
        Add(_members);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var groups = new GroupClient(client);
        var reports = new List<IRendered>();
        foreach (var groupId in parsed.GetValue(_groups)!)
        {
            var group = await groups.DescribeAsync(groupId, cancellationToken);
            var lag = parsed.GetValue(_members) ? null : await groups.FindLagAsync(group, cancellationToken);
            var fields = new Fields()
                .Add("GROUP", group.GroupId)
                .Add("STATE", GroupText.Of(group.State))
                .Add("TYPE", GroupText.Of(group.GroupType))
                .Add("ASSIGNOR", group.PartitionAssignor)
                .Add("COORDINATOR", group.Coordinator is { } node ? $"{node.Id} ({node.Host}:{node.Port})" : null)
                .Add("MEMBER-COUNT", group.Members.Count);
            reports.Add(lag is null
                ? new Report(fields).Add("members", MemberTable(group))
                : new Report(fields.Add("LAG", lag.Sum(partition => partition.Lag ?? 0))).Add("partitions", LagTable(lag)));
        }

        Show(parsed, new ReportList(reports));
        return ExitCode.Success;
    }

    private static Table MemberTable(ConsumerGroupDescription group)
    {
        var table = new Table("MEMBER", "INSTANCE", "CLIENT", "HOST", "PARTITIONS");
        foreach (var member in group.Members)
        {
            var topics = member.Assignment.TopicPartitions.GroupBy(partition => partition.Topic)
                .Select(topic => $"{topic.Key}:{string.Join(',', topic.Select(partition => partition.Partition.Value).Order())}");
            table.Add(member.ConsumerId, member.GroupInstanceId, member.ClientId, member.Host, string.Join(' ', topics));
        }

        return table;
    }

    private static Table LagTable(IReadOnlyList<GroupPartition> partitions)
    {
        var table = new Table("TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER", "HOST");
        foreach (var partition in partitions)
        {
            var (topic, number) = (partition.TopicPartition.Topic, partition.TopicPartition.Partition.Value);
            table.Add(topic, number, partition.Committed, partition.End, partition.Lag, partition.Owner?.ConsumerId, partition.Owner?.Host);
        }

        return table;
    }
}
