using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Commands.Bench;
using Kafscale.Cli.Commands.Clusters;
using Kafscale.Cli.Commands.Completion;
using Kafscale.Cli.Commands.Configs;
using Kafscale.Cli.Commands.Consoles;
using Kafscale.Cli.Commands.Groups;
using Kafscale.Cli.Commands.Operators;
using Kafscale.Cli.Commands.Profiles;
using Kafscale.Cli.Commands.Records;
using Kafscale.Cli.Commands.Topics;
using Kafscale.Cli.Running;

namespace Kafscale.Cli.Commands;

/// <summary>The command <c>kafscale</c> with its subcommands.</summary>
internal sealed class CommandLine
{
    /// <summary>What it is called.</summary>
    public const string Name = "kafscale";

    private readonly Surroundings _surroundings;
    private readonly RootCommand _root;

    public CommandLine(Surroundings surroundings, StartBroker startBroker)
    {
        _surroundings = surroundings;
        var client = new ClientOptions(surroundings);
        _root = new RootCommand("Kafscale: a streaming platform that speaks the Kafka protocol and keeps its records in an object store.")
        {
            new ServerCommand(ServerRole.Dev, surroundings, startBroker),
            new ServerCommand(ServerRole.Broker, surroundings, startBroker),
            new ConsoleCommand(client),
            new OperatorCommand(surroundings),
            new ProduceCommand(client),
            new ConsumeCommand(client),
            new TopicCommand(client),
            new GroupCommand(client),
            new ClusterCommand(client),
            new ConfigCommand(client),
            new BenchCommand(client),
            new StorageCommand(surroundings),
            new ProfileCommand(client),
            new CompletionCommand(surroundings.Output),
            new SettingsCommand(surroundings.Output),
            new MetricsCommand(surroundings.Output),
            new EventsCommand(surroundings.Output),
        };
        foreach (var help in _root.Options.OfType<HelpOption>())
        {
            help.Action = new ExamplesHelpAction((HelpAction)help.Action!);
        }
    }

    /// <summary>Runs a command to its end.</summary>
    /// <returns>The exit code of the process: 0 where all went well.</returns>
    public Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        var parsed = _root.Parse(arguments);
        var configuration = new InvocationConfiguration
        {
            Output = _surroundings.Output,
            Error = _surroundings.Error,
            // Signals are the broker's: it stops gracefully, and in its own time.
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };

        if (parsed.Action is ParseErrorAction errorAction)
        {
            // The message would be lost above all of the help, and what reads the output would get it, too.
            errorAction.ShowHelp = parsed.CommandResult.Command.Subcommands.Count > 0;
        }

        // Flags that are wrong are reported together with everything else that is wrong about a server's settings.
        return parsed is { Errors.Count: > 0, CommandResult.Command: ServerCommand server }
            ? server.RunAsync(parsed)
            : parsed.InvokeAsync(configuration);
    }
}
