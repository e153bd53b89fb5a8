using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running.Logs;

/// <summary>Puts a <see cref="RepeatLimitingLogger"/> around every logger, one for each category.</summary>
internal sealed class RepeatLimitingLoggerFactory(ILoggerFactory inner, int maxLines, TimeProvider timeProvider) : ILoggerFactory
{
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new(StringComparer.Ordinal);

    public ILogger CreateLogger(string categoryName) => _loggers.GetOrAdd(
        categoryName, static (name, factory) => factory.Create(name), this);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() => inner.Dispose();

    private RepeatLimitingLogger Create(string categoryName) => new(inner.CreateLogger(categoryName), maxLines, timeProvider);
}
