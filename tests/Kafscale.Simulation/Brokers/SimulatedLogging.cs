using Kafscale.Simulation.Scheduling;
using Microsoft.Extensions.Logging;

namespace Kafscale.Simulation.Brokers;

/// <summary>Puts what a broker logs into the trace.</summary>
internal sealed class SimulatedLogging(SimulatedProcess process) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information && process.Scheduler.Trace.IsWritten;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            process.Scheduler.Trace.Write(process.Name, $"{logLevel} {eventId.Id}: {formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
    }
}
