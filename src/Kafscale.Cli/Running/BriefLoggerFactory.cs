using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running;

/// <summary>Makes every logger a <see cref="BriefLogger"/>.</summary>
internal sealed class BriefLoggerFactory(ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new BriefLogger(inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() => inner.Dispose();
}
