using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Tests.Running;

/// <summary>Keeps what was logged last.</summary>
internal sealed class LastLineLogger : ILogger
{
    public LogLevel Lowest { get; set; } = LogLevel.Information;

    public int EventId { get; private set; }

    public string Message { get; private set; } = "";

    public Exception? Exception { get; private set; }

    public IReadOnlyDictionary<string, object?> Fields { get; private set; } = new Dictionary<string, object?>();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= Lowest;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        EventId = eventId.Id;
        Message = formatter(state, exception);
        Exception = exception;
        Fields = ((IEnumerable<KeyValuePair<string, object?>>)state!).ToDictionary();
    }
}
