using System.CommandLine;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Groups;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group list</c>: which groups there are.</summary>
internal sealed class GroupListCommand : GroupToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group list
          kafscale group list --state Empty --state Dead
          kafscale group list --type consumer --bootstrap-server broker-0:9092,broker-1:9092
        """;

    private readonly Option<string[]> _states = new("--state")
    {
        Description = "Only groups in this state: Empty, PreparingRebalance, CompletingRebalance, Assigning, Reconciling, Stable.",
        HelpName = "STATE",
    };

    private readonly Option<string[]> _types = new("--type") { Description = "Only groups of this protocol: classic, consumer.", HelpName = "TYPE" };

    public GroupListCommand(Surroundings surroundings)
        : base("list", "Lists the consumer groups.", ExamplesText, surroundings)
    {
        Add(_states);
        Add(_types);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaCluster cluster, GroupClient groups, CancellationToken cancellationToken)
    {
        var table = new TextTable("GROUP", "TYPE", "PROTOCOL-TYPE", "STATE");
        foreach (var group in await groups.ListAsync(parsed.GetValue(_states) ?? [], parsed.GetValue(_types) ?? [], cancellationToken))
        {
            table.Add(group.GroupId, group.GroupType, group.ProtocolType, group.GroupState);
        }

        await table.WriteAsync(Surroundings.Output);
        return ExitCode.Success;
    }
}
