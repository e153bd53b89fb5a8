using System.Buffers;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Concurrency;
using Kafscale.Metadata;
using Kafscale.Storage.Health;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Control;

/// <summary>
/// Tells the others where this broker has lost the object store, and where another one says so, that this one has not: who leads is only moved
/// away from a broker that alone has lost it.
/// </summary>
/// <param name="own">What is told.</param>
/// <param name="cluster">What others tell.</param>
/// <param name="health">How the store does.</param>
/// <param name="store">The store itself.</param>
/// <param name="key">An object that can be written and read at any time, and that nothing depends on.</param>
/// <param name="options">How long it takes to believe in a loss, and in its end.</param>
/// <param name="backoff">Pauses where the metadata store does not answer.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class StoreStanding(
    OwnRecord own,
    ClusterState cluster,
    IObjectStoreHealth health,
    IObjectStore store,
    string key,
    ControllerOptions options,
    RetryBackoff backoff,
    TimeProvider timeProvider)
{
    // A store that takes longer is in trouble for this broker, too.
    private static readonly TimeSpan VouchingTimeout = TimeSpan.FromSeconds(2);
    private static readonly ReadOnlySequence<byte> Body = new("kafscale"u8.ToArray());

    // When the store was last not reached.
    private long? _missedAt;

    /// <summary>Tells the others when the store has been lost for long enough, and when it has been back for long enough, until cancelled.</summary>
    /// <exception cref="Metadata.Cluster.SessionLostException">The session has ended.</exception>
    public async Task FollowHealthAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var status = health.Status;
            var isImpaired = own.Value.Impaired;
            var patience = (isImpaired, status.State) switch
            {
                (false, ObjectStoreHealthState.Unavailable) => options.StoreLossPatience,
                (true, ObjectStoreHealthState.Healthy) => options.StoreRecoveryPatience,
                _ => Timeout.InfiniteTimeSpan,
            };
            if (await LastsAsync(status, patience, cancellationToken))
            {
                await TellAsync(!isImpaired, cancellationToken);
            }
        }
    }

    /// <summary>Where another broker has lost the store, tries whether this one has it, and tells. To be called when the cluster has changed.</summary>
    /// <exception cref="Metadata.Cluster.SessionLostException">The session has ended.</exception>
    /// <exception cref="MetadataUnavailableException">To be tried again.</exception>
    public async Task VouchAsync(CancellationToken cancellationToken)
    {
        var revision = cluster.ImpairedRevision;
        if (revision <= own.Value.StoreReachedRevision || own.Value.Impaired)
        {
            return;
        }

        if (!IsTrusted)
        {
            // It may be a loss that all brokers have, and that is over for this one a moment before it is for the others.
            await Task.Delay(options.StoreRecoveryPatience, timeProvider, cancellationToken);
            cluster.RaiseChanged();
            return;
        }

        using var timeout = new CancellationTokenSource(VouchingTimeout, timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await store.PutAsync(key, Body, PutCondition.None, end.Token);
            await store.ReadAsync(key, 0, new byte[Body.Length], end.Token);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is: the monitor has been told, and it is nothing to vouch for.
            _missedAt = timeProvider.GetTimestamp();
            cluster.RaiseChanged();
            return;
        }

        await own.ChangeAsync(record => record.StoreReachedRevision = revision, cancellationToken);
    }

    // Twice what it takes a broker to take itself for well again.
    private bool IsTrusted =>
        health.Status.IsHealthy
        && (health.History.Count == 1 || health.TimeInState >= 2 * options.StoreRecoveryPatience)
        && (_missedAt is not { } missedAt || timeProvider.GetElapsedTime(missedAt) >= 2 * options.StoreRecoveryPatience);

    private async Task<bool> LastsAsync(ObjectStoreHealthStatus status, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(status.Ended, cancellationToken);
        try
        {
            await Task.Delay(patience, timeProvider, end.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task TellAsync(bool isImpaired, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await own.ChangeAsync(record => record.Impaired = isImpaired, cancellationToken);
                return;
            }
            catch (MetadataUnavailableException)
            {
                await backoff.WaitAsync(attempt, cancellationToken);
            }
        }
    }
}
