using Kafscale.Clients;
using System.CommandLine.Completions;
using Confluent.Kafka;

namespace Kafscale.Cli.Clients;

/// <summary>Names of topics and groups, where a shell asks for them: soon or not at all.</summary>
internal static class ClusterCompletions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static IEnumerable<CompletionItem> Topics(CompletionContext context, ClientOptions options) =>
        Ask(context, options, client => new TopicCatalog(client).List(withInternal: context.WordToComplete.StartsWith('_')).Select(topic => topic.Topic));

    public static IEnumerable<CompletionItem> Groups(CompletionContext context, ClientOptions options) =>
        Ask(context, options, client => client.Admin.ListGroups(client.Timeout).Select(group => group.Group));

    private static IEnumerable<CompletionItem> Ask(CompletionContext context, ClientOptions options, Func<KafkaClient, IEnumerable<string>> ask)
    {
        try
        {
            using var client = new KafkaClient(options.Read(context.ParseResult), Patience, options.Surroundings.TimeProvider);
            return [.. ask(client).Order(StringComparer.Ordinal).Select(name => new CompletionItem(name))];
        }
        catch (Exception e) when (e is CommandFailedException or KafkaException or IOException or UnauthorizedAccessException)
        {
            // There is nobody to tell.
            return [];
        }
    }
}
