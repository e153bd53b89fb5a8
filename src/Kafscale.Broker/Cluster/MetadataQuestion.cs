using Kafscale.Metadata;

namespace Kafscale.Broker.Cluster;

/// <summary>What is asked of the metadata store before a client is answered, who does not wait for long.</summary>
internal static class MetadataQuestion
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Asks for at most a second.</summary>
    /// <returns>False where the store does not answer in time, or cannot be reached.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> says so.</exception>
    public static async Task<bool> TryAskAsync(Func<CancellationToken, Task> ask, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var time = new CancellationTokenSource(Patience, timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            await ask(end.Token);
            return true;
        }
        catch (Exception exception) when (exception is MetadataUnavailableException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
