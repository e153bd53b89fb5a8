using Microsoft.Extensions.Hosting;

namespace Kafscale.Broker.Network;

/// <summary>Keeps the host from taking Ctrl-C and SIGTERM for itself: when the process ends is decided elsewhere.</summary>
public sealed class NoHostLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
