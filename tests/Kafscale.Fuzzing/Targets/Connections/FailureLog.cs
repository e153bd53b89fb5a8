using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Kafscale.Fuzzing.Targets.Connections;

/// <summary>Keeps what a broker says that went wrong in itself, and not with a client.</summary>
internal sealed class FailureLog : ILogger, ILoggerFactory
{
    private readonly ConcurrentQueue<string> _failures = new();

    /// <summary>The next failure that nobody has taken; null where there is none.</summary>
    public string? Take() => _failures.TryDequeue(out string? failure) ? failure : null;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error || (exception is not null && IsEnabled(logLevel)))
        {
            _failures.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose()
    {
    }
}
