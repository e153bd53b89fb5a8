using System.CommandLine;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group</c>: looks at consumer groups and changes them, through any broker.</summary>
internal sealed class GroupCommand : Command
{
    public GroupCommand(Surroundings surroundings)
        : base("group", "Looks at consumer groups and changes them: members, offsets and lag.")
    {
        Add(new GroupListCommand(surroundings));
        Add(new GroupDescribeCommand(surroundings));
        Add(new GroupResetOffsetsCommand(surroundings));
        Add(new GroupDeleteOffsetsCommand(surroundings));
        Add(new GroupRemoveMembersCommand(surroundings));
        Add(new GroupDeleteCommand(surroundings));
    }
}
