using System.CommandLine;
using Kafscale.Cli.Clients;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group</c>: looks at consumer groups and changes them, through any broker.</summary>
internal sealed class GroupCommand : Command
{
    public GroupCommand(ClientOptions options)
        : base("group", "Looks at consumer groups and changes them: members, offsets and lag.")
    {
        Add(new GroupListCommand(options));
        Add(new GroupDescribeCommand(options));
        Add(new GroupResetOffsetsCommand(options));
        Add(new GroupDeleteOffsetsCommand(options));
        Add(new GroupDeleteCommand(options));
        options.AddTo(this);
        options.AddOutputTo(this);
    }
}
