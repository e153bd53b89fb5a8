using k8s;
using k8s.Models;
using Kafscale.Operator.Brokers;
using Kafscale.Operator.Etcd;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Resources;
using Kafscale.Operator.Topics;

namespace Kafscale.Operator.Clusters;

/// <summary>
/// Makes a cluster what its resource says. It looks at everything anew each time and keeps nothing in memory that a decision rests on, so it
/// goes on wherever an earlier one has ended, of this process or of another.
/// </summary>
internal sealed class ClusterReconciler(
    KubernetesObjects objects,
    ClusterPlanner planner,
    BrokerFleet fleet,
    RestoreProcedure restore,
    EtcdMembership membership,
    IEtcdAdministration etcd,
    IBuckets buckets,
    ITopicAdministration topics,
    EtcdUpkeepRecords upkeep,
    EventRecorder events,
    OperatorMetrics metrics,
    TimeProvider timeProvider) : IReconciler
{
    // Changes of pods come by watches; this is for what nobody tells of, such as that etcd answers.
    private static readonly TimeSpan SoonAgain = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public async Task<TimeSpan?> ReconcileAsync(NamespacedName key, CancellationToken cancellationToken)
    {
        var cluster = await objects.FindAsync(ResourceKinds.Clusters, key.Namespace, key.Name, cancellationToken);
        if (cluster is null or { Metadata.DeletionTimestamp: not null })
        {
            // What it owns the API server removes. Volumes and objects in buckets are nobody's, and stay.
            metrics.Forget(key);
            return null;
        }

        var (plan, trouble) = await planner.PlanAsync(cluster, cancellationToken);
        var look = new ClusterLook { CredentialsTrouble = trouble };
        try
        {
            await ConvergeAsync(plan, look, cancellationToken);
        }
        catch (Exception e) when (e is ForeignObjectException or FormatException)
        {
            look.NameTrouble = e.Message;
        }

        var isSettled = await WriteStatusAsync(cluster, plan, look, cancellationToken);
        return isSettled ? null : SoonAgain;
    }

    private async Task ConvergeAsync(ClusterPlan plan, ClusterLook look, CancellationToken cancellationToken)
    {
        if (plan.IsEtcdManaged)
        {
            await objects.ApplyAsync(ResourceKinds.Services, EtcdManifests.PeerService(plan), cancellationToken);
            await objects.ApplyAsync(ResourceKinds.Services, EtcdManifests.ClientService(plan), cancellationToken);
            await objects.ApplyAsync(ResourceKinds.DisruptionBudgets, EtcdManifests.DisruptionBudget(plan), cancellationToken);
            await membership.PrepareAsync(plan, canAskBucket: look.CredentialsTrouble is null, cancellationToken);
            await objects.ApplyAsync(ResourceKinds.StatefulSets, EtcdManifests.StatefulSet(plan, plan.EtcdStatefulSet), cancellationToken);
        }

        await objects.ApplyAsync(ResourceKinds.Services, BrokerManifests.HeadlessService(plan), cancellationToken);
        await objects.ApplyAsync(ResourceKinds.Services, BrokerManifests.ClientService(plan), cancellationToken);
        await objects.ApplyAsync(ResourceKinds.DisruptionBudgets, BrokerManifests.DisruptionBudget(plan), cancellationToken);
        await ApplyAutoscalerAsync(plan, cancellationToken);
        await ApplyConsoleAsync(plan, cancellationToken);

        look.Fleet = await fleet.LookAsync(plan, cancellationToken);
        await LookAtEtcdAsync(plan, look, cancellationToken);
        if (look.CredentialsTrouble is not null)
        {
            // Brokers that run have the credentials of before; without the Secret, new ones could not start.
            return;
        }

        look.Bucket = await LookAtBucketAsync(plan, look, cancellationToken);
        if (plan.IsEtcdManaged)
        {
            look.Restore = await restore.StepAsync(plan, look.Etcd, look.Bucket, look.Fleet.Pods.Count, cancellationToken);
        }

        // Where they never ran, they wait for what they need, instead of ending again and again for the lack of it.
        if (look.Fleet.StatefulSet is null && (look.Etcd.Trouble is not null || look.Bucket.Trouble is not null || look.Restore.IsActive))
        {
            return;
        }

        look.Fleet = await fleet.StepAsync(plan, look.Fleet, look.Restore.IsActive, cancellationToken);
        look.TopicCount = await CountTopicsAsync(look.Fleet, cancellationToken);
    }

    private async Task LookAtEtcdAsync(ClusterPlan plan, ClusterLook look, CancellationToken cancellationToken)
    {
        if (!plan.IsEtcdManaged)
        {
            look.Etcd = await etcd.LookAsync(plan.EtcdAddresses, cancellationToken);
            return;
        }

        var pods = await EtcdPods.ListAsync(objects, plan.Names, cancellationToken);
        look.Etcd = await etcd.LookAsync(EtcdPods.AddressesOf(pods), cancellationToken);
        look.EtcdProgress = await membership.StepAsync(plan, pods, look.Etcd, cancellationToken);
    }

    // Each look is a request that costs: none where brokers run, who would notice themselves.
    private async Task<BucketLook> LookAtBucketAsync(ClusterPlan plan, ClusterLook look, CancellationToken cancellationToken)
    {
        var areAllReady = look.Fleet.Pods.Count(PodLook.IsReady) >= plan.Cluster.Spec.Brokers.Replicas;
        return areAllReady && look.Etcd.HoldsCluster != false
            ? new BucketLook(null, null, null)
            : await buckets.LookAsync(plan.Bucket, plan.S3Namespace, cancellationToken);
    }

    private async Task ApplyAutoscalerAsync(ClusterPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Cluster.Spec.Brokers.Autoscaling is { } wish)
        {
            await objects.ApplyAsync(ResourceKinds.Autoscalers, BrokerManifests.Autoscaler(plan, wish), cancellationToken);
        }
        else
        {
            await DeleteAsync(ResourceKinds.Autoscalers, plan, plan.Names.Broker, cancellationToken);
        }
    }

    private async Task ApplyConsoleAsync(ClusterPlan plan, CancellationToken cancellationToken)
    {
        if (plan.Cluster.Spec.Ui.Enabled)
        {
            await objects.ApplyAsync(ResourceKinds.Services, ConsoleManifests.Service(plan), cancellationToken);
            await objects.ApplyAsync(ResourceKinds.Deployments, ConsoleManifests.Deployment(plan), cancellationToken);
        }
        else
        {
            await DeleteAsync(ResourceKinds.Deployments, plan, plan.Names.Console, cancellationToken);
            await DeleteAsync(ResourceKinds.Services, plan, plan.Names.Console, cancellationToken);
        }
    }

    private async Task DeleteAsync<T>(ResourceKind<T> kind, ClusterPlan plan, string name, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var existing = await objects.FindAsync(kind, plan.Names.Namespace, name, cancellationToken);
        if (existing?.Metadata.OwnerReferences?.Any(owner => owner.Uid == plan.Cluster.Metadata.Uid) == true && existing.Metadata.DeletionTimestamp is null)
        {
            await objects.DeleteAsync(kind, existing, cancellationToken);
        }
    }

    private async Task<int?> CountTopicsAsync(FleetState state, CancellationToken cancellationToken)
    {
        if (BootstrapServers.Of(state.Pods) is not { } servers)
        {
            return null;
        }

        try
        {
            return await topics.CountAsync(servers, cancellationToken);
        }
        catch (TopicRefusedException)
        {
            return null;
        }
    }

    private async Task<bool> WriteStatusAsync(KafscaleCluster cluster, ClusterPlan plan, ClusterLook look, CancellationToken cancellationToken)
    {
        var records = plan.IsEtcdManaged ? await upkeep.ReadAsync(plan.Names, cancellationToken) : null;
        var writer = new ClusterStatusWriter(plan, look, records, timeProvider.GetUtcNow());
        var status = writer.Write();
        var conditions = writer.Conditions;
        metrics.Set(NamespacedName.Of(cluster), plan.IsEtcdManaged ? records : null);
        await objects.SetStatusAsync(ResourceKinds.Clusters, cluster, status, cancellationToken);
        foreach (var condition in conditions.Changed.Where(condition => condition.Type == ClusterConditions.Ready || condition.Status == ConditionSet.False))
        {
            // A cluster that comes up says what it waits for, which is no warning.
            var isWarning = condition.Status == ConditionSet.False && status.Phase != ClusterStatusWriter.Pending;
            await events.RecordAsync(cluster, isWarning, condition.Reason, $"{condition.Type}: {condition.Message}", cancellationToken);
        }

        return status.Phase == ClusterStatusWriter.ReadyPhase;
    }
}
