using Kafscale.Cli.Running.Logs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Cli.Tests.Running.Logs;

public sealed class RepeatLimitingLoggerTests : ILogger
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

        Assert.Equal(["8 lines of event 7 were left out, because there were too many in a minute (log.repeats.max).", "again"], _lines.Skip(2));
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

    private void Log(LogLevel level, int eventId, string line) => _logger.Log(level, new EventId(eventId), line, null, (text, _) => text);
}
