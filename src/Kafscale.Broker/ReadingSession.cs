using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker;

/// <summary>
/// A session in which a broker leads nothing: it is known to the others, which send readers of its rack here, and follows the
/// metadata. It changes nothing on its own account.
/// </summary>
internal sealed class ReadingSession(BrokerSession session) : IServingSession
{
    public BrokerSession Session => session;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task WaitUntilEndedAsync()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var lost = session.Lost.UnsafeRegister(_ => ended.TrySetResult(), null);
        await ended.Task;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken deadline) => session.DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => session.DisposeAsync();
}
