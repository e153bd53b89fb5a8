using System.Collections;
using Kafscale.Cli.Commands;
using Kafscale.Cli.Running;

var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
    .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");
using var stopSignals = new StopSignals();
return await new CommandLine(
    new Surroundings(Console.Out, Console.Error, variables, TimeProvider.System, stopSignals.Stop, !Console.IsErrorRedirected), BrokerComposition.StartAsync)
    .RunAsync(args);
