using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Groups;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group remove-members</c>: sends members away, such as static ones that will not come back.</summary>
internal sealed class GroupRemoveMembersCommand : GroupToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group remove-members billing --instance worker-7
          kafscale group remove-members billing --all

        Members that live join again.
        """;

    private readonly Argument<string> _group = new("group") { Description = "The group." };
    private readonly Option<string[]> _instances = new("--instance") { Description = "A static member, by its group.instance.id.", HelpName = "ID" };
    private readonly Option<string[]> _members = new("--member") { Description = "A member, by its id.", HelpName = "ID" };
    private readonly Option<bool> _all = new("--all") { Description = "All members." };

    public GroupRemoveMembersCommand(Surroundings surroundings)
        : base("remove-members", "Removes members from a group.", ExamplesText, surroundings)
    {
        Add(_group);
        Add(_instances);
        Add(_members);
        Add(_all);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaCluster cluster, GroupClient groups, CancellationToken cancellationToken)
    {
        var (instances, ids) = (parsed.GetValue(_instances) ?? [], parsed.GetValue(_members) ?? []);
        var group = await groups.DescribeAsync(parsed.GetValue(_group)!, cancellationToken);
        var removed = group.Members.Where(member => parsed.GetValue(_all) || ids.Contains(member.MemberId) || instances.Contains(member.InstanceId)).ToList();
        if (removed.Count == 0)
        {
            return await FailAsync("No member of the group is one of those named by --instance, --member or --all.");
        }

        await groups.RemoveMembersAsync(group.GroupId, removed, cancellationToken);
        await Surroundings.Output.WriteLineAsync($"{removed.Count} members are removed from group {group.GroupId}.");
        return ExitCode.Success;
    }
}
