using Kafscale.Broker.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Kafscale.Cli.Running.Logs;

/// <summary>Writes logs to standard error, because standard output is for results.</summary>
internal static class ConsoleLogging
{
    private const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    /// <summary>Makes loggers; stacks of failures that are outside of the program are for those who debug it.</summary>
    /// <param name="configuration">How lines are written, and how many of a kind.</param>
    /// <param name="levels">What is logged; asked for every line.</param>
    /// <param name="timeProvider">The clock for what is left out.</param>
    public static ILoggerFactory Create(BrokerConfiguration configuration, LogLevels levels, TimeProvider timeProvider)
    {
        var factory = Create(configuration.LogFormat, levels);
        return configuration.LogRepeatsMax == 0 ? factory : new RepeatLimitingLoggerFactory(factory, configuration.LogRepeatsMax, timeProvider);
    }

    /// <summary>Makes loggers that write every line.</summary>
    public static ILoggerFactory Create(LogFormat format, LogLevels levels) => new BriefLoggerFactory(CreateDetailed(format, levels));

    private static ILoggerFactory CreateDetailed(LogFormat format, LogLevels levels) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Trace);
        logging.AddFilter(levels.IsEnabled);
        if (format == LogFormat.Json)
        {
            logging.AddJsonConsole(options =>
            {
                options.UseUtcTimestamp = true;
                options.TimestampFormat = TimestampFormat.TrimEnd();
            });
        }
        else
        {
            logging.AddSimpleConsole(options =>
            {
                options.SingleLine = true;
                options.UseUtcTimestamp = true;
                options.TimestampFormat = TimestampFormat;
                options.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }

        logging.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
    });
}
