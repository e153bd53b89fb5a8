using System.CommandLine;

namespace Kafscale.Cli.Commands.Groups;

/// <summary>Groups that a command is for.</summary>
internal static class GroupArgument
{
    public static Argument<string> One() => new("group") { Description = "The group." };

    public static Argument<string[]> Several() => new("group") { Description = "The groups.", Arity = ArgumentArity.OneOrMore };
}
