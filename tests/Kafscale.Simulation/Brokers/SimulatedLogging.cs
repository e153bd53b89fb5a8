using Kafscale.Simulation.Checking;
using Kafscale.Simulation.Scheduling;
using Kafscale.Storage;
using Microsoft.Extensions.Logging;

namespace Kafscale.Simulation.Brokers;

/// <summary>Puts what a broker logs into the trace, and notes errors that no fault of a store or a network explains.</summary>
internal sealed class SimulatedLogging(SimulatedProcess process, List<Violation> violations) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (process.Scheduler.Trace.IsWritten ? LogLevel.Information : LogLevel.Warning);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            if (logLevel == LogLevel.Critical || IsDefect(exception))
            {
                violations.Add(new Violation("broker-error", $"{process.Name} at {TimeSpan.FromTicks(process.Scheduler.Now)}: {formatter(state, exception)} {exception}"));
            }

            process.Scheduler.Trace.Write(process.Name, $"{logLevel} {eventId.Id}: {formatter(state, exception)} {exception}");
        }
    }

    // What stores, networks and clocks can not bring about in a broker that is right.
    private static bool IsDefect(Exception? exception) => exception
        is ArgumentException or InvalidOperationException or NullReferenceException or IndexOutOfRangeException or KeyNotFoundException
        or InvalidCastException or NotSupportedException or ArithmeticException or CorruptObjectException or InvalidDataException;

    public void Dispose()
    {
    }
}
