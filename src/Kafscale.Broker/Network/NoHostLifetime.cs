using Microsoft.Extensions.Hosting;

namespace Kafscale.Broker.Network;

/// <summary>Keeps the host from taking Ctrl-C and SIGTERM for itself: when the broker ends is decided elsewhere.</summary>
internal sealed class NoHostLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
