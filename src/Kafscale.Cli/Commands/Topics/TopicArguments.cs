using System.CommandLine;
using Kafscale.Cli.Clients;

namespace Kafscale.Cli.Commands.Topics;

/// <summary>Topics that a command is for.</summary>
internal static class TopicArguments
{
    public static Argument<string> One(ClientOptions options) => Completed(new Argument<string>("topic") { Description = "The topic." }, options);

    public static Argument<string[]> Several(ClientOptions options, string description = "The topics.") =>
        Completed(new Argument<string[]>("topic") { Description = description, Arity = ArgumentArity.OneOrMore }, options);

    private static T Completed<T>(T argument, ClientOptions options)
        where T : Argument
    {
        // Without it the help would ask the cluster, too, and show what it has.
        argument.HelpName = argument.Name;
        argument.CompletionSources.Add(context => ClusterCompletions.Topics(context, options));
        return argument;
    }
}
