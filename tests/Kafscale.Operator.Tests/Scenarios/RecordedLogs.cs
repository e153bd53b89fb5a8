using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Kafscale.Operator.Tests.Scenarios;

/// <summary>What operators log, for whoever wonders why a test failed.</summary>
internal sealed class RecordedLogs : ILoggerFactory, ILogger
{
    private const int Kept = 60;

    private readonly ConcurrentQueue<string> _lines = new();

    public IEnumerable<string> Lines => _lines.TakeLast(Kept);

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel} {eventId.Id}: {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}
