using System.Reflection;
using System.Text;
using Kafscale.Broker;
using Kafscale.Console;
using Kafscale.Metadata;
using Kafscale.Operator;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Configuration;

/// <summary>Makes docs/events.md from the log messages of the code.</summary>
internal static class EventsReference
{
    private const string Introduction = """
        # Log events

        This page is made by `./kafscale events > docs/events.md`; a test checks that it is current.

        Logs go to standard error, as lines or, with `log.format=json`, as a JSON object per line with `Timestamp`, `EventId`, `LogLevel`, `Category`,
        `Message` and, under `State`, the values that the message has in braces here. Of one event, `log.repeats.max` lines a minute are
        written, and of those that differ in nothing but the number of an attempt or connection, three; how many more there were is told by event 2101 before the
        next one that is written. What is logged can be changed while the process runs: see [administration.md](administration.md#what-is-logged).

        | Event | Level | Category | Message |
        |---|---|---|---|

        """;

    /// <summary>All events in the order of their numbers.</summary>
    public static IReadOnlyList<(int Id, LogLevel Level, string Category, string Message)> Events { get; } =
    [
        .. ((Assembly[])[typeof(BrokerHost).Assembly, typeof(IObjectStore).Assembly, typeof(IMetadataStore).Assembly, typeof(ConsoleServer).Assembly, typeof(OperatorHost).Assembly, typeof(EventsReference).Assembly])
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Select(method => (Method: method, Message: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(found => found.Message is not null)
            .Select(found => (found.Message!.EventId, found.Message.Level, found.Method.DeclaringType!.Name, found.Message.Message))
            .OrderBy(found => found.EventId),
    ];

    /// <summary>The whole page.</summary>
    public static string Markdown()
    {
        var page = new StringBuilder(Introduction);
        foreach (var (id, level, category, message) in Events)
        {
            page.Append($"| {id} | {level.ToString().ToLowerInvariant()} | {category} | {message.Replace("|", "\\|", StringComparison.Ordinal)} |\n");
        }

        return page.ToString();
    }
}
