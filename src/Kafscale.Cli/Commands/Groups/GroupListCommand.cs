using System.CommandLine;
using Confluent.Kafka;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;
using Kafscale.Clients.Groups;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group list</c>: which groups there are.</summary>
internal sealed class GroupListCommand : ClientCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group list
          kafscale group list --state Empty --state Dead
          kafscale group list --type consumer --bootstrap-server broker-0:9092,broker-1:9092
        """;

    private readonly Option<string[]> _states = new("--state")
    {
        Description = "Only groups in this state: Empty, PreparingRebalance, CompletingRebalance, Assigning, Reconciling, Stable, Dead.",
        HelpName = "STATE",
    };

    private readonly Option<string[]> _types = new("--type") { Description = "Only groups of this protocol: classic, consumer.", HelpName = "TYPE" };

    public GroupListCommand(ClientOptions options)
        : base("list", "Lists the consumer groups.", ExamplesText, options)
    {
        Add(_states);
        Add(_types);
    }

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var states = Parse<ConsumerGroupState>("--state", parsed.GetValue(_states));
        var types = Parse<ConsumerGroupType>("--type", parsed.GetValue(_types));
        var table = new Table("GROUP", "TYPE", "STATE");
        foreach (var group in await new GroupClient(client).ListAsync(states, types, cancellationToken))
        {
            table.Add(group.GroupId, GroupText.Of(group.Type), GroupText.Of(group.State));
        }

        Show(parsed, table);
        return ExitCode.Success;
    }

    private static IEnumerable<T> Parse<T>(string option, string[]? values)
        where T : struct, Enum => (values ?? []).Select(value =>
            Enum.TryParse<T>(value, ignoreCase: true, out var parsed) && Enum.IsDefined(parsed) && char.IsLetter(value[0])
                ? parsed
                : throw new CommandFailedException($"{option} is one of {string.Join(", ", Enum.GetNames<T>())}, and not {value}."));
}
