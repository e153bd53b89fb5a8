using System.CommandLine;
using Kafscale.Cli.Clients;

namespace Kafscale.Cli.Commands.Groups;

/// <summary>Groups that a command is for.</summary>
internal static class GroupArgument
{
    public static Argument<string> One(ClientOptions options) => Completed(new Argument<string>("group") { Description = "The group." }, options);

    public static Argument<string[]> Several(ClientOptions options) =>
        Completed(new Argument<string[]>("group") { Description = "The groups.", Arity = ArgumentArity.OneOrMore }, options);

    private static T Completed<T>(T argument, ClientOptions options)
        where T : Argument
    {
        // Without it the help would ask the cluster, too, and show what it has.
        argument.HelpName = argument.Name;
        argument.CompletionSources.Add(context => ClusterCompletions.Groups(context, options));
        return argument;
    }
}
