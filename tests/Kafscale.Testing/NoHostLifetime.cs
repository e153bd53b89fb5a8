using Microsoft.Extensions.Hosting;

namespace Kafscale.Testing;

/// <summary>Leaves the signals of the process to whoever runs the tests.</summary>
internal sealed class NoHostLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
