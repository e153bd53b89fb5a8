using Kafscale.Broker.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Kafscale.Cli.Running;

/// <summary>Writes logs to standard error, because standard output is for results.</summary>
internal static class ConsoleLogging
{
    private const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    /// <summary>Makes loggers; stacks of failures that are outside of the program are for those who debug it.</summary>
    public static ILoggerFactory Create(BrokerConfiguration configuration)
    {
        var detailed = CreateDetailed(configuration);
        return configuration.LogLevel <= LogLevel.Debug ? detailed : new BriefLoggerFactory(detailed);
    }

    private static ILoggerFactory CreateDetailed(BrokerConfiguration configuration) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(configuration.LogLevel);
        // The web server speaks of every request at the level of information.
        logging.AddFilter("Microsoft", level => level >= LogLevel.Warning && level >= configuration.LogLevel);
        // It also logs a failure to start, with its stack, which is thrown to us and told in one line.
        logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        if (configuration.LogFormat == LogFormat.Json)
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
