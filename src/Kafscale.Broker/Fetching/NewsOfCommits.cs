using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Fetching;

/// <summary>Makes certain that this broker has heard of everything that was committed up to now, by whoever leads.</summary>
internal sealed class NewsOfCommits(MetadataFollower follower, TimeProvider timeProvider)
{
    /// <returns>False where the metadata store does not answer, or its stream is behind by more than a second.</returns>
    public Task<bool> TryCatchUpAsync(CancellationToken cancellationToken) =>
        MetadataQuestion.TryAskAsync(follower.CatchUpAsync, timeProvider, cancellationToken);
}
