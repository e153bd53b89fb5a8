using System.CommandLine;

namespace Kafscale.Cli.Commands.Topics;

/// <summary>Topics that a command is for.</summary>
internal static class TopicArguments
{
    public static Argument<string> One() => new("topic") { Description = "The topic." };

    public static Argument<string[]> Several() => new("topic") { Description = "The topics.", Arity = ArgumentArity.OneOrMore };
}
