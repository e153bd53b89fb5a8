using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running.Logs;

/// <summary>Keeps an event that happens again and again from filling the log, and says how often it was left out.</summary>
internal sealed partial class RepeatLimitingLogger(ILogger inner, int maxLines, TimeProvider timeProvider) : ILogger
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<int, RepeatLimit> _byEvent = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // Who asks for these wants all of them.
        if (logLevel <= LogLevel.Debug)
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
            return;
        }

        if (!inner.IsEnabled(logLevel))
        {
            return;
        }

        var limit = _byEvent.GetOrAdd(eventId.Id, static (_, logger) => logger.CreateLimit(), this);
        if (!limit.TryEnter(ContentOf(state, exception, formatter), out var suppressed))
        {
            return;
        }

        if (suppressed > 0)
        {
            LogSuppressed(inner, suppressed, eventId.Id);
        }

        inner.Log(logLevel, eventId, state, exception, formatter);
    }

    private RepeatLimit CreateLimit() => new(maxLines, Interval, timeProvider);

    // Attempts at the same thing say the same, and so does what a client does again on its next connection.
    private static string ContentOf<TState>(TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        state is IReadOnlyList<KeyValuePair<string, object?>> values
            ? string.Join('\n', values.Where(value => value.Key is not ("Attempt" or "Connection" or "Suppressed")).Select(value => value.Value))
            : formatter(state, exception);

    [LoggerMessage(2101, LogLevel.Warning, "{Count} lines of event {Event} were left out, because they said the same or were too many in a minute (log.repeats.max).")]
    private static partial void LogSuppressed(ILogger logger, int count, int @event);
}
