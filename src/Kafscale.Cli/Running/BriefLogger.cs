using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running;

/// <summary>Writes a failure of what is outside of the program as its messages, without the stack, which names only where it was met; whoever debugs sees that too.</summary>
internal sealed class BriefLogger(ILogger inner) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull =>
        inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (exception is null || inner.IsEnabled(LogLevel.Debug) || !OutsideFailures.Includes(exception))
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        else if (IsEnabled(logLevel))
        {
            inner.Log(logLevel, eventId, state, null, (fields, _) => $"{formatter(fields, exception)} {OutsideFailures.Describe(exception)}");
        }
    }
}
