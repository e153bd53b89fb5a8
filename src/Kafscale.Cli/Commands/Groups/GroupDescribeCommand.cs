using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Groups;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group describe</c>: who is in a group, and how far it is.</summary>
internal sealed class GroupDescribeCommand : GroupToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group describe billing
          kafscale group describe billing audit --members
        """;

    private readonly Argument<string[]> _groups = new("group") { Description = "The groups.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _members = new("--members") { Description = "Shows the members instead of offsets and lag." };

    public GroupDescribeCommand(Surroundings surroundings)
        : base("describe", "Shows a group's state, and offset and lag of each partition.", ExamplesText, surroundings)
    {
        Add(_groups);
        Add(_members);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaCluster cluster, GroupClient groups, CancellationToken cancellationToken)
    {
        foreach (var groupId in parsed.GetValue(_groups)!)
        {
            var group = await groups.DescribeAsync(groupId, cancellationToken);
            await Surroundings.Output.WriteLineAsync(
                $"Group {group.GroupId}: {group.State}, {group.Type} protocol{(group.Epoch is { } epoch ? $", epoch {epoch}" : "")}, "
                + $"{(group.Assignor.Length > 0 ? $"assigned by {group.Assignor}, " : "")}{group.Members.Count} members.");
            await (parsed.GetValue(_members) ? WriteMembersAsync(group) : WriteLagAsync(await groups.FindLagAsync(group, cancellationToken)));
        }

        return ExitCode.Success;
    }

    private async Task WriteMembersAsync(GroupDetails group)
    {
        var table = new TextTable("MEMBER", "INSTANCE", "CLIENT", "HOST", "PROTOCOL", "EPOCH", "PARTITIONS");
        foreach (var member in group.Members)
        {
            var topics = member.Assigned.GroupBy(partition => partition.Topic)
                .Select(topic => $"{topic.Key}:{string.Join(',', topic.Select(partition => partition.Partition).Order())}");
            table.Add(member.MemberId, member.InstanceId, member.ClientId, member.Host, member.Protocol, member.Epoch, string.Join(' ', topics));
        }

        await table.WriteAsync(Surroundings.Output);
    }

    private async Task WriteLagAsync(IReadOnlyList<GroupPartition> partitions)
    {
        var table = new TextTable("TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER", "HOST");
        foreach (var partition in partitions)
        {
            table.Add(
                partition.Topic, partition.Partition, partition.Committed, partition.End, partition.Lag, partition.Owner?.MemberId, partition.Owner?.Host);
        }

        await table.WriteAsync(Surroundings.Output);
        await Surroundings.Output.WriteLineAsync($"Lag in all: {partitions.Sum(partition => partition.Lag ?? 0)}.");
    }
}
