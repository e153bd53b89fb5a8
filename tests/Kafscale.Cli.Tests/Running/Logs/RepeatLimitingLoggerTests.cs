using Kafscale.Cli.Running.Logs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Cli.Tests.Running.Logs;

public sealed partial class RepeatLimitingLoggerTests : ILogger
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _lines = [];
    private readonly RepeatLimitingLogger _logger;

    public RepeatLimitingLoggerTests() => _logger = new RepeatLimitingLogger(this, maxLines: 2, _time);

    [Fact]
    public void The_first_lines_of_a_minute_are_written_and_the_others_counted()
    {
        for (var i = 0; i < 10; i++)
        {
            Log(LogLevel.Error, 7, $"line {i}");
        }

        Assert.Equal(["line 0", "line 1"], _lines);
        _time.Advance(TimeSpan.FromMinutes(1));
        Log(LogLevel.Error, 7, "again");

        Assert.Equal(["8 lines of event 7 were left out, because they said the same or were too many in a minute (log.repeats.max).", "again"], _lines.Skip(2));
    }

    [Fact]
    public void What_is_tried_again_every_second_is_written_a_few_times_a_minute_and_other_lines_of_the_event_have_room()
    {
        var logger = new RepeatLimitingLogger(this, maxLines: 60, _time);
        for (var second = 0; second < 180; second++)
        {
            Log(logger, LogLevel.Error, 7, "orders 0 can not be read");
            LogRetried(logger, "orders/0", second + 1);
            LogClosing(logger, $"c-{second}", "10.0.0.7", suppressed: second % 3);
            if (second == 30)
            {
                Log(logger, LogLevel.Error, 7, "orders 1 can not be read");
            }

            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(9, _lines.Count(line => line == "orders 0 can not be read"));
        Assert.Single(_lines, line => line == "orders 1 can not be read");
        Assert.Equal([1, 2, 3, 61, 62, 63, 121, 122, 123], _lines.Where(line => line.StartsWith("orders/0", StringComparison.Ordinal)).Select(line => int.Parse(line.Split(' ')[^1])));
        Assert.Equal(["c-0", "c-1", "c-2"], _lines.Where(line => line.StartsWith("c-", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]).Take(3));
        Assert.Equal(9, _lines.Count(line => line.StartsWith("c-", StringComparison.Ordinal)));
        Assert.Equal(6, _lines.Count(line => line.StartsWith("57 lines of event", StringComparison.Ordinal)));
    }

    [Fact]
    public void Other_events_are_not_held_back()
    {
        for (var i = 0; i < 3; i++)
        {
            Log(LogLevel.Error, 7, "often");
        }

        Log(LogLevel.Error, 8, "rare");
        Assert.Equal(["often", "often", "rare"], _lines);
    }

    [Fact]
    public void Whoever_debugs_sees_everything()
    {
        for (var i = 0; i < 10; i++)
        {
            Log(LogLevel.Debug, 7, "detail");
        }

        Assert.Equal(10, _lines.Count);
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Add(formatter(state, exception));

    private void Log(LogLevel level, int eventId, string line) => Log(_logger, level, eventId, line);

    private static void Log(RepeatLimitingLogger logger, LogLevel level, int eventId, string line) => logger.Log(level, new EventId(eventId), line, null, (text, _) => text);

    [LoggerMessage(9, LogLevel.Warning, "{Key} failed at attempt {Attempt}")]
    private static partial void LogRetried(ILogger logger, string key, int attempt);

    [LoggerMessage(10, LogLevel.Warning, "{Connection} from {Host} is closed ({Suppressed} more)")]
    private static partial void LogClosing(ILogger logger, string connection, string host, int suppressed);
}
