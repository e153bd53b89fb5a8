using Microsoft.Extensions.Hosting;

namespace Kafscale.Operator;

/// <summary>Leaves signals alone: they are the process's, not the web server's.</summary>
internal sealed class NoHostLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
