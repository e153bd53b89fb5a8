using System.Collections;
using Kafscale.Cli.Commands;
using Kafscale.Cli.Running;

BackgroundCollections.Use(TimeProvider.System);
var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");
// Console.In would block the thread that asks it for a line.
using var input = new StreamReader(Console.OpenStandardInput());
using var stopSignals = new StopSignals();
return await new CommandLine(
    new Surroundings(
        Console.Out,
        Console.Error,
        variables,
        TimeProvider.System,
        stopSignals.Stop,
        input,
        IsTerminal: !Console.IsErrorRedirected,
        IsOutputTerminal: !Console.IsOutputRedirected,
        IsInputTerminal: !Console.IsInputRedirected,
        Console.OpenStandardInput,
        StandardOutput.Open),
    BrokerComposition.StartAsync)
    .RunAsync(args);
