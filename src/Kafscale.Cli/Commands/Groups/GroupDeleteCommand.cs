using System.CommandLine;
using Confluent.Kafka;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;
using Kafscale.Clients.Groups;

namespace Kafscale.Cli.Commands.Groups;

/// <summary><c>kafscale group delete</c>: deletes groups without members.</summary>
internal sealed class GroupDeleteCommand : ClientCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale group delete billing audit
        """;

    private readonly Argument<string[]> _groups;

    public GroupDeleteCommand(ClientOptions options)
        : base("delete", "Deletes groups that have no members, with their offsets.", ExamplesText, options) => Add(_groups = GroupArgument.Several(options));

    protected override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var outcomes = new Outcomes("group");
        foreach (var groupId in parsed.GetValue(_groups)!)
        {
            try
            {
                await new GroupClient(client).DeleteAsync(groupId, cancellationToken);
                outcomes.AddSuccess(groupId, $"Group {groupId} is deleted.");
            }
            catch (KafkaException e)
            {
                outcomes.AddFailure(groupId, $"Group {groupId} is not deleted:", ErrorExplanation.Of(e));
            }
        }

        return ShowOutcomes(parsed, outcomes);
    }
}
