using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Groups;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group delete</c>: deletes groups without members.</summary>
internal sealed class GroupDeleteCommand : GroupToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group delete billing audit
        """;

    private readonly Argument<string[]> _groups = new("group") { Description = "The groups.", Arity = ArgumentArity.OneOrMore };

    public GroupDeleteCommand(Surroundings surroundings)
        : base("delete", "Deletes groups that have no members, with their offsets.", ExamplesText, surroundings) => Add(_groups);

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaCluster cluster, GroupClient groups, CancellationToken cancellationToken)
    {
        foreach (var groupId in parsed.GetValue(_groups)!)
        {
            await groups.DeleteAsync(groupId, cancellationToken);
            await Surroundings.Output.WriteLineAsync($"Group {groupId} is deleted.");
        }

        return ExitCode.Success;
    }
}
