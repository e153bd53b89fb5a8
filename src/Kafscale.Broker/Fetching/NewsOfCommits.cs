using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Fetching;

/// <summary>Makes certain that this broker has heard of everything that was committed up to now, by whoever leads.</summary>
internal sealed class NewsOfCommits(MetadataFollower follower, TimeProvider timeProvider)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <returns>False where the metadata store does not answer, or its stream is behind by more than a second.</returns>
    public async Task<bool> TryCatchUpAsync(CancellationToken cancellationToken)
    {
        using var time = new CancellationTokenSource(Patience, timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        try
        {
            await follower.CatchUpAsync(end.Token);
            return true;
        }
        catch (Exception exception) when (exception is MetadataUnavailableException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }
}
