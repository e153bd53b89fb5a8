using System.CommandLine;
using Confluent.Kafka;
using Kafscale.Cli.Clients;
using Kafscale.Cli.Rendering;
using Kafscale.Clients;

namespace Kafscale.Cli.Commands.Topics;

/// <summary>A command that changes topics, each by itself: one that fails does not keep the others from being changed.</summary>
internal abstract class TopicChangeCommand : ClientCommand
{
    private readonly Argument<string[]> _topics;

    protected TopicChangeCommand(string name, string description, string examples, ClientOptions options)
        : base(name, description, examples, options) => Add(_topics = TopicArguments.Several(options));

    /// <summary>Changes a topic.</summary>
    /// <returns>A sentence about what has been done.</returns>
    protected abstract Task<string> ChangeAsync(ParseResult parsed, KafkaClient client, string topic, CancellationToken cancellationToken);

    /// <summary>What is not done where it fails; the reason follows.</summary>
    protected abstract string FailureOf(string topic);

    protected sealed override async Task<int> RunAsync(ParseResult parsed, KafkaClient client, CancellationToken cancellationToken)
    {
        var outcomes = new Outcomes("topic");
        foreach (var topic in parsed.GetValue(_topics)!)
        {
            try
            {
                outcomes.AddSuccess(topic, await ChangeAsync(parsed, client, topic, cancellationToken));
            }
            catch (KafkaException e)
            {
                outcomes.AddFailure(topic, FailureOf(topic), ErrorExplanation.Of(e));
            }
        }

        return ShowOutcomes(parsed, outcomes);
    }
}
