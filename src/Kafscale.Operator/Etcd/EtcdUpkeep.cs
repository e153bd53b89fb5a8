using System.Security.Cryptography;
using Kafscale.Metadata;
using Kafscale.Operator.Clusters;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Resources;
using Microsoft.Extensions.Logging;

namespace Kafscale.Operator.Etcd;

/// <summary>
/// Takes the snapshots of the operator's own etcds, publishes them, and defragments members. It does so itself, over gRPC: etcd's image has no
/// shell that a CronJob could run, and a failure is known at once.
/// </summary>
internal sealed partial class EtcdUpkeep(
    KubernetesObjects objects,
    ClusterPlanner planner,
    IEtcdAdministration etcd,
    IBuckets buckets,
    EtcdUpkeepRecords records,
    OperatorMetrics metrics,
    OperatorOptions options,
    TimeProvider timeProvider,
    ILogger<EtcdUpkeep> logger) : IReconciler
{
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromMinutes(1);

    // Of a member's file that is worth the pause of a defragmentation.
    private const int MinFreePercent = 10;

    private readonly Dictionary<NamespacedName, DateTimeOffset> _nextChecks = [];
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public async Task<TimeSpan?> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        var cluster = await objects.FindAsync(ResourceKinds.Clusters, key.Namespace, key.Name, cancellationToken);
        if (cluster is null or { Metadata.DeletionTimestamp: not null })
        {
            return null;
        }

        var (plan, trouble) = await planner.PlanAsync(cluster, cancellationToken);
        if (!plan.IsEtcdManaged || trouble is not null)
        {
            return null;
        }

        var look = await etcd.LookAsync(EtcdPods.AddressesOf(await EtcdPods.ListAsync(objects, plan.Names, cancellationToken)), cancellationToken);
        if (look.HoldsCluster != true)
        {
            // A snapshot of nothing would look like one of something.
            return AfterTrouble;
        }

        var before = await records.ReadAsync(plan.Names, cancellationToken);
        var after = await TryMaintainAsync(key, plan, look, before, cancellationToken);
        after = await TrySnapshotAsync(key, plan, look, after, cancellationToken);
        await records.WriteAsync(plan.Names, after, cancellationToken);
        metrics.Set(key, after);
        return NextLook(key, cluster, after);
    }

    private TimeSpan NextLook(NamespacedName key, KafscaleCluster cluster, EtcdUpkeepState state)
    {
        if (state.SnapshotTrouble is not null || state.AccessTrouble is not null || state.MaintenanceTrouble is not null)
        {
            return AfterTrouble;
        }

        var now = timeProvider.GetUtcNow();
        DateTimeOffset?[] next =
        [
            options.Snapshots.Schedule.GetNextOccurrence(state.ScheduledAt ?? CreatedAt(cluster), TimeZoneInfo.Utc),
            options.Etcd.MaintenanceSchedule.GetNextOccurrence(state.MaintainedAt ?? CreatedAt(cluster), TimeZoneInfo.Utc),
            NextCheck(key),
        ];
        var pause = next.OfType<DateTimeOffset>().DefaultIfEmpty(now + options.Resync).Min() - now;
        return pause > TimeSpan.FromSeconds(1) ? pause : TimeSpan.FromSeconds(1);
    }

    private async Task<EtcdUpkeepState> TryMaintainAsync(NamespacedName key, ClusterPlan plan, EtcdLook look, EtcdUpkeepState state, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var isDue = options.Etcd.MaintenanceSchedule.GetNextOccurrence(state.MaintainedAt ?? CreatedAt(plan.Cluster), TimeZoneInfo.Utc) <= now;
        var isCheck = NextCheck(key) <= now;
        if (!isDue && !isCheck)
        {
            return state;
        }

        lock (_lock)
        {
            _nextChecks[key] = options.Etcd.MaintenanceCheckSchedule.GetNextOccurrence(now, TimeZoneInfo.Utc) ?? DateTimeOffset.MaxValue;
        }

        // One at a time, and none where another is away already: the rest must be a majority. The leader comes last, so that it moves once.
        var members = look.Members.Where(member => isDue || IsFull(member.Value)).OrderBy(member => member.Value.IsLeader).Select(member => member.Key).ToList();
        if (members.Count == 0)
        {
            return state with { MaintenanceTrouble = null };
        }

        if (look.Members.Count < plan.EtcdMembers)
        {
            return state with { MaintenanceTrouble = $"Only {look.Members.Count} of {plan.EtcdMembers} members answer, so none is defragmented." };
        }

        try
        {
            foreach (var member in members)
            {
                LogDefragment(logger, key, member);
                await etcd.DefragmentAsync(member, cancellationToken);
            }

            return state with { MaintainedAt = isDue ? timeProvider.GetUtcNow() : state.MaintainedAt, MaintenanceTrouble = null };
        }
        catch (MetadataUnavailableException e)
        {
            return state with { MaintenanceTrouble = e.Message };
        }
    }

    private bool IsFull(Metadata.Etcd.EtcdMemberStatus member) =>
        member.DatabaseBytes >= options.Etcd.QuotaBackendBytes / 100 * options.Etcd.MaintenanceSizeThresholdPercent
        && member.DatabaseBytes - member.DatabaseBytesInUse >= member.DatabaseBytes / 100 * MinFreePercent;

    private DateTimeOffset NextCheck(NamespacedName key)
    {
        lock (_lock)
        {
            if (!_nextChecks.TryGetValue(key, out var next))
            {
                next = options.Etcd.MaintenanceCheckSchedule.GetNextOccurrence(timeProvider.GetUtcNow(), TimeZoneInfo.Utc) ?? DateTimeOffset.MaxValue;
                _nextChecks.Add(key, next);
            }

            return next;
        }
    }

    private async Task<EtcdUpkeepState> TrySnapshotAsync(NamespacedName key, ClusterPlan plan, EtcdLook look, EtcdUpkeepState state, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var isDue = options.Snapshots.Schedule.GetNextOccurrence(state.ScheduledAt ?? CreatedAt(plan.Cluster), TimeZoneInfo.Utc) <= now || state.SnapshotTrouble is not null;
        if (!isDue && state is { IsAccessKnown: true, AccessTrouble: null })
        {
            return state;
        }

        var trouble = await buckets.PrepareAsync(plan.SnapshotBucket, options.Snapshots, cancellationToken);
        state = state with { AccessTrouble = trouble, IsAccessKnown = true };
        if (!isDue)
        {
            return state;
        }

        state = state with { ScheduledAt = now };
        try
        {
            if (trouble is not null)
            {
                throw new IOException(trouble);
            }

            state = await PublishAsync(plan, look, state, now, cancellationToken);
            metrics.CountSnapshot(isPublished: true);
            LogPublished(logger, key, state.SnapshotKey!, state.SnapshotBytes ?? 0);
            return state with { RemovalTrouble = await TryRemoveOldAsync(key, plan, state.SnapshotKey!, cancellationToken) };
        }
        catch (Exception e) when (e is MetadataUnavailableException or IOException or UnauthorizedAccessException)
        {
            metrics.CountSnapshot(isPublished: false);
            LogUnpublished(logger, key, e.Message);
            return state with { SnapshotTrouble = e.Message };
        }
    }

    private async Task<EtcdUpkeepState> PublishAsync(ClusterPlan plan, EtcdLook look, EtcdUpkeepState state, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // A member that follows, where there is one: reading the whole database is work.
        var member = look.Members.OrderBy(found => found.Value.IsLeader).First().Key;
        var fileName = Path.Combine(Path.GetTempPath(), $"kafscale-{plan.Names.Namespace}-{plan.Names.EtcdSnapshot}");
        await using var file = new FileStream(
            fileName, FileMode.Create, FileAccess.ReadWrite, FileShare.None, bufferSize: 128 * 1024, FileOptions.Asynchronous | FileOptions.DeleteOnClose);
        await etcd.SaveSnapshotAsync(member, file, cancellationToken);
        file.Position = 0;
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken));
        file.Position = 0;
        var bytes = file.Length;
        var key = SnapshotKeys.Of(SnapshotKeys.FolderOf(options.Snapshots, plan.Names), now);
        await buckets.PublishAsync(plan.SnapshotBucket, key, file, sha256, cancellationToken);
        return state with { SnapshotAt = now, SnapshotKey = key, SnapshotSha256 = sha256, SnapshotBytes = bytes, SnapshotTrouble = null };
    }

    // Snapshots are what counts: that too many of them stay is told, and is in the way of nothing.
    private async Task<string?> TryRemoveOldAsync(NamespacedName key, ClusterPlan plan, string newest, CancellationToken cancellationToken)
    {
        try
        {
            var removed = await buckets.RemoveOldAsync(
                plan.SnapshotBucket, SnapshotKeys.FolderOf(options.Snapshots, plan.Names), newest, options.Snapshots.Keep, cancellationToken);
            if (removed > 0)
            {
                LogRemoved(logger, key, removed);
            }

            return null;
        }
        catch (IOException e)
        {
            LogUnremoved(logger, key, e.Message);
            return e.Message;
        }
    }

    private static DateTimeOffset CreatedAt(KafscaleCluster cluster) => new((cluster.Metadata.CreationTimestamp ?? DateTime.UnixEpoch).ToUniversalTime());

    [LoggerMessage(2411, LogLevel.Information, "etcd of {Cluster}: the member at {Member} is defragmented")]
    private static partial void LogDefragment(ILogger logger, NamespacedName cluster, Uri member);

    [LoggerMessage(2412, LogLevel.Information, "etcd of {Cluster}: a snapshot of {Bytes} bytes was published as {Key}")]
    private static partial void LogPublished(ILogger logger, NamespacedName cluster, string key, long bytes);

    [LoggerMessage(2413, LogLevel.Warning, "etcd of {Cluster}: no snapshot was published: {Reason}")]
    private static partial void LogUnpublished(ILogger logger, NamespacedName cluster, string reason);

    [LoggerMessage(2414, LogLevel.Information, "etcd of {Cluster}: {Objects} objects of old snapshots were removed")]
    private static partial void LogRemoved(ILogger logger, NamespacedName cluster, int objects);

    [LoggerMessage(2415, LogLevel.Warning, "etcd of {Cluster}: old snapshots were not removed, which the next snapshot tries again: {Reason}")]
    private static partial void LogUnremoved(ILogger logger, NamespacedName cluster, string reason);
}
