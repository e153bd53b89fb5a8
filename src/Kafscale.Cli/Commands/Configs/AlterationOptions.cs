using System.CommandLine;
using Confluent.Kafka.Admin;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Parsing;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Configs;

/// <summary>The flags of commands that change settings of a topic, a broker or a group.</summary>
internal sealed class AlterationOptions
{
    private readonly Option<string[]> _set = new("--set", "-s") { Description = "Sets a setting.", HelpName = "NAME=VALUE" };
    private readonly Option<string[]> _append = new("--append") { Description = "Adds to a setting that is a list.", HelpName = "NAME=VALUE" };
    private readonly Option<string[]> _subtract = new("--subtract") { Description = "Takes away from a setting that is a list.", HelpName = "NAME=VALUE" };
    private readonly Option<string[]> _unset = new("--unset", "-u") { Description = "Sets a setting back to its default.", HelpName = "NAME" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Has the cluster check it, and changes nothing." };

    /// <summary>Adds the flags to a command.</summary>
    public AlterationOptions(Command command)
    {
        command.Add(_set);
        command.Add(_append);
        command.Add(_subtract);
        command.Add(_unset);
        command.Add(_dryRun);
    }

    public bool IsDryRun(ParseResult parsed) => parsed.GetValue(_dryRun);

    /// <summary>What is to be changed.</summary>
    /// <exception cref="CommandFailedException">Nothing, or one setting twice.</exception>
    public List<ConfigEntry> Read(ParseResult parsed)
    {
        var entries = Entries("--set", parsed.GetValue(_set), AlterConfigOpType.Set)
            .Concat(Entries("--append", parsed.GetValue(_append), AlterConfigOpType.Append))
            .Concat(Entries("--subtract", parsed.GetValue(_subtract), AlterConfigOpType.Subtract))
            .Concat((parsed.GetValue(_unset) ?? []).Select(name => new ConfigEntry { Name = name, IncrementalOperation = AlterConfigOpType.Delete }))
            .ToList();
        if (entries.Count == 0)
        {
            throw new CommandFailedException("Say what to change by --set NAME=VALUE or --unset NAME.");
        }

        return entries.GroupBy(entry => entry.Name).FirstOrDefault(named => named.Skip(1).Any()) is { } twice
            ? throw new CommandFailedException($"{twice.Key} can be changed once at a time.")
            : entries;
    }

    private static IEnumerable<ConfigEntry> Entries(string option, string[]? values, AlterConfigOpType operation) =>
        Assignments.Parse(option, values).Select(pair => new ConfigEntry { Name = pair.Key, Value = pair.Value, IncrementalOperation = operation });
}
