using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Checkpoints;

/// <summary>
/// Has the metadata store forget what is not current any more. The controller does it; whoever is further behind than what is kept reads
/// everything anew.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="keys">Where the cluster is in it.</param>
/// <param name="isController">Whether this broker does what one of all does.</param>
/// <param name="kept">How long everything stays.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="logger">Is told of failures.</param>
internal sealed partial class MetadataCompaction(
    IMetadataStore store, MetadataKeys keys, Func<bool> isController, TimeSpan kept, TimeProvider timeProvider, ILogger<MetadataCompaction> logger)
{
    /// <summary>Goes round until cancelled: forgets what was before the revision that was the newest one round ago.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var compacted = 0L;
        long? newest = null;
        while (true)
        {
            try
            {
                if (newest is { } revision && revision > compacted && isController())
                {
                    await store.CompactAsync(revision, cancellationToken);
                    compacted = revision;
                }

                newest = (await store.RangeAsync(KeyRange.Key(keys.Cluster), 1, 0, cancellationToken)).Revision;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(exception);
            }

            await Task.Delay(kept, timeProvider, cancellationToken);
        }
    }

    [LoggerMessage(1755, LogLevel.Warning, "Compacting the history of the metadata failed; the next round tries again.")]
    private partial void LogFailed(Exception exception);
}
