using k8s.Models;
using Kafscale.Operator.Etcd;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Clusters;

/// <summary>
/// Brings the metadata of a cluster back whose etcd has lost them. They are made anew from the bucket, which knows of every record that was
/// acknowledged, and not from a snapshot of etcd, which does not know of those of the last hour and which brokers would refuse.
/// </summary>
/// <remarks>
/// It is begun where etcd answers and has no record of a cluster, and the bucket has a cluster's mark: a cluster writes the record first and the mark after it.
/// Each step is recorded before it is done. That a store with a record is never written over, that of two rebuilds one wins, and that no broker of
/// before is heard any more, sees the rebuild itself to (docs/recovery.md); this only has it done.
/// </remarks>
internal sealed class RestoreProcedure(KubernetesObjects objects, EventRecorder events, TimeProvider timeProvider)
{
    /// <summary>On the cluster, with the name of the Job that asked for it: the restore goes on where something that was acknowledged is lost for good.</summary>
    public const string AcceptLossAnnotation = KafscaleApi.Prefix + "accept-loss";

    // How 'kafscale storage rebuild' ends where it wants a decision.
    private const string LossFlag = "--accept-loss";

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LookAfterSuccess = TimeSpan.FromSeconds(30);

    /// <summary>Does the next step, where there is one.</summary>
    /// <param name="plan">The cluster.</param>
    /// <param name="etcd">How etcd does, looked at just now.</param>
    /// <param name="bucket">How the bucket does.</param>
    /// <param name="brokerPods">How many pods of brokers there are.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="FormatException">The record cannot be read.</exception>
    public async Task<RestoreState> StepAsync(ClusterPlan plan, EtcdLook etcd, BucketLook bucket, int brokerPods, CancellationToken cancellationToken)
    {
        var map = await objects.FindAsync(ResourceKinds.ConfigMaps, plan.Names.Namespace, plan.Names.EtcdRestore, cancellationToken);
        var record = RestoreRecord.Read(map);
        if (record is null or { Phase: RestorePhase.Done })
        {
            if (etcd.HoldsCluster != false || bucket.HoldsCluster != true)
            {
                return RestoreState.None;
            }

            var now = timeProvider.GetUtcNow();
            record = new RestoreRecord(RestorePhase.Stopping, (record?.Number ?? 0) + 1, 0, now, now, AcceptsLoss: false);
            await WriteAsync(plan, record, cancellationToken);
            await events.RecordAsync(plan.Cluster, isWarning: true, "MetadataLost", "etcd has lost the metadata. They are made anew from the bucket.", cancellationToken);
        }

        if (etcd.HoldsCluster == true)
        {
            await WriteAsync(plan, record with { Phase = RestorePhase.Done }, cancellationToken);
            await events.RecordAsync(plan.Cluster, isWarning: false, "MetadataRestored", "The metadata are there again; brokers start.", cancellationToken);
            return RestoreState.None;
        }

        if (brokerPods > 0)
        {
            return new(true, "Restoring", $"The metadata are lost and are made anew from the bucket. {brokerPods} brokers are still to stop before.");
        }

        if (etcd.HoldsCluster is null)
        {
            return new(true, "Restoring", $"The metadata are to be made anew from the bucket, but etcd cannot be used: {etcd.Trouble}");
        }

        if (record.Phase == RestorePhase.Stopping)
        {
            record = record with { Phase = RestorePhase.Rebuilding, Attempt = 1, NotBefore = timeProvider.GetUtcNow() };
            await WriteAsync(plan, record, cancellationToken);
        }

        return await RebuildAsync(plan, record, cancellationToken);
    }

    private async Task<RestoreState> RebuildAsync(ClusterPlan plan, RestoreRecord record, CancellationToken cancellationToken)
    {
        var job = await objects.FindAsync(ResourceKinds.Jobs, plan.Names.Namespace, RestoreJob.NameOf(plan.Names, record), cancellationToken);
        if (job is null)
        {
            if (record.NotBefore > timeProvider.GetUtcNow())
            {
                return new(true, "Restoring", "The last attempt to make the metadata anew from the bucket failed; the next one is soon.");
            }

            await objects.ApplyAsync(ResourceKinds.Jobs, RestoreJob.Create(plan, record), cancellationToken);
            return new(true, "Restoring", "The metadata are being made anew from the bucket.");
        }

        if (job.Status?.Succeeded > 0)
        {
            var isLong = job.Status.CompletionTime is { } end && timeProvider.GetUtcNow() - end > LookAfterSuccess;
            return isLong
                ? await TryAgainAsync(plan, record, "etcd has lost them again", acceptsLoss: false, cancellationToken)
                : new(true, "Restoring", "The metadata have been made anew from the bucket.");
        }

        if (!(job.Status?.Failed > 0))
        {
            return new(true, "Restoring", $"The metadata are being made anew from the bucket by the Job {job.Metadata.Name}.");
        }

        var failure = await FindFailureAsync(plan, job, cancellationToken);
        var wantsDecision = failure.Contains(LossFlag, StringComparison.Ordinal) && !record.AcceptsLoss;
        var isAccepted = plan.Cluster.Metadata.Annotations?.TryGetValue(AcceptLossAnnotation, out var value) == true && value == job.Metadata.Name;
        return wantsDecision && !isAccepted
            ? new(
                true,
                "RestoreNeedsDecision",
                $"Something that was acknowledged cannot be brought back; the log of the Job {job.Metadata.Name} has it under LOST. Restore the objects from a copy of the bucket and "
                + $"delete the Job, or go on without them: kubectl annotate kafscalecluster {plan.Names.Cluster} {AcceptLossAnnotation}={job.Metadata.Name}")
            : await TryAgainAsync(plan, record, failure, acceptsLoss: wantsDecision || record.AcceptsLoss, cancellationToken);
    }

    private async Task<RestoreState> TryAgainAsync(ClusterPlan plan, RestoreRecord record, string failure, bool acceptsLoss, CancellationToken cancellationToken)
    {
        // The pause grows with the attempts; a decision is acted on at once.
        var pause = acceptsLoss && !record.AcceptsLoss ? TimeSpan.Zero : FirstPause * (1 << Math.Min(record.Attempt, 6));
        pause = pause < LongestPause ? pause : LongestPause;
        var next = record with { Attempt = record.Attempt + 1, NotBefore = timeProvider.GetUtcNow() + pause, AcceptsLoss = acceptsLoss };
        await WriteAsync(plan, next, cancellationToken);
        await events.RecordAsync(plan.Cluster, isWarning: true, "RestoreFailed", $"The metadata could not be made anew, which is tried again: {failure}", cancellationToken);
        return new(true, "Restoring", $"The metadata could not be made anew, which is tried again: {failure}");
    }

    private async Task<string> FindFailureAsync(ClusterPlan plan, V1Job job, CancellationToken cancellationToken)
    {
        var (pods, _) = await objects.ListAsync(
            ResourceKinds.Pods, plan.Names.Namespace, plan.Names.SelectorText(ClusterNames.RestoreComponent), cancellationToken);
        return pods.Where(pod => pod.Metadata.OwnerReferences?.Any(owner => owner.Uid == job.Metadata.Uid) == true)
            .Select(PodLook.TroubleOf).FirstOrDefault(trouble => trouble is not null) ?? $"the Job {job.Metadata.Name} failed";
    }

    private async Task WriteAsync(ClusterPlan plan, RestoreRecord record, CancellationToken cancellationToken)
    {
        var map = new V1ConfigMap { Metadata = plan.Names.Child(plan.Names.EtcdRestore, ClusterNames.RestoreComponent), Data = record.ToData() };
        await objects.ApplyAsync(ResourceKinds.ConfigMaps, map, cancellationToken);
    }
}
