using System.Globalization;
using Kafscale.Operator.Etcd;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Clusters;

/// <summary>Says what a look at a cluster means, so that a person knows what is wrong and what to do.</summary>
internal sealed class ClusterStatusWriter(ClusterPlan plan, ClusterLook look, EtcdUpkeepState? upkeep, DateTimeOffset now)
{
    public const string Pending = "Pending";
    public const string ReadyPhase = "Ready";

    private const string Restoring = "Restoring";
    private const string Updating = "Updating";
    private const string Degraded = "Degraded";

    private readonly ClusterStatus? _before = plan.Cluster.Status;

    public ConditionSet Conditions { get; } = new(plan.Cluster.Status?.Conditions, plan.Cluster.Metadata.Generation, now);

    public ClusterStatus Write()
    {
        var ready = look.Fleet.Pods.Count(PodLook.IsReady);
        var (status, phase, reason, message) = Judge(ready);
        Conditions.Set(ClusterConditions.Ready, status, reason, message);
        WriteEtcd();
        WriteUpkeep();
        return new ClusterStatus
        {
            Phase = phase,
            ObservedGeneration = plan.Cluster.Metadata.Generation,
            BrokerCount = ready,
            Replicas = look.Fleet.Pods.Count(pod => !PodLook.IsGoing(pod)),
            TopicCount = look.TopicCount ?? _before?.TopicCount,
            Selector = plan.Names.SelectorText(ClusterNames.BrokerComponent),
            Conditions = Conditions.All,
        };
    }

    private (string Status, string Phase, string Reason, string Message) Judge(int ready)
    {
        var wanted = plan.Cluster.Spec.Brokers.Replicas;
        var isComplete = ready >= wanted && look.Fleet.StatefulSet is not null;
        var broken = isComplete ? ReadyPhase : _before?.Phase is null or Pending ? Pending : Degraded;
        var runs = isComplete ? ConditionSet.True : ConditionSet.False;
        if (look.NameTrouble is { } name)
        {
            return (ConditionSet.False, broken == ReadyPhase ? Degraded : broken, "NameTaken", name);
        }

        if (look.CredentialsTrouble is { } credentials)
        {
            return (ConditionSet.False, broken == ReadyPhase ? Degraded : broken, "CredentialsMissing", $"{credentials} Brokers are left as they are until there is one.");
        }

        if (look.Restore is { IsActive: true } restore)
        {
            return (ConditionSet.False, Restoring, restore.Reason!, restore.Message);
        }

        if (look.Bucket is { Trouble: { } bucket, TroubleReason: { } reason } && !isComplete)
        {
            return (ConditionSet.False, broken, reason, bucket);
        }

        if (look.Etcd.Trouble is { } etcd)
        {
            return (ConditionSet.False, broken == ReadyPhase ? Degraded : broken, "EtcdUnavailable", etcd);
        }

        if (!plan.IsEtcdManaged && look.Etcd.HoldsCluster == false && look.Bucket.HoldsCluster == true)
        {
            return (
                ConditionSet.False, broken, "MetadataLost",
                "etcd has no metadata, but the bucket holds a cluster's records. Stop the brokers and run 'kafscale storage rebuild', or put etcd's own data back.");
        }

        if (look.Fleet.Progress is { } progress)
        {
            return (runs, Updating, "Updating", progress);
        }

        if (!isComplete)
        {
            return (ConditionSet.False, broken, "BrokersNotReady", NotReady(ready, wanted));
        }

        return look.Fleet.Pods.Count(pod => !PodLook.IsGoing(pod)) > wanted
            ? (ConditionSet.True, Updating, "Updating", $"There are still more than {wanted} brokers.")
            : (ConditionSet.True, ReadyPhase, "AllBrokersReady", string.Create(CultureInfo.InvariantCulture, $"All {wanted} brokers are ready."));
    }

    private string NotReady(int ready, int wanted)
    {
        var troubles = look.Fleet.Pods.Where(pod => !PodLook.IsReady(pod))
            .Select(pod => (pod.Metadata.Name, Trouble: PodLook.TroubleOf(pod))).Where(pod => pod.Trouble is not null)
            .Select(pod => $"{pod.Name}: {pod.Trouble}").Take(3);
        return string.Create(CultureInfo.InvariantCulture, $"{ready} of {wanted} brokers are ready. {string.Join(' ', troubles)}").TrimEnd();
    }

    private void WriteEtcd()
    {
        if (look.Etcd.Trouble is { } trouble)
        {
            Conditions.Set(ClusterConditions.EtcdAvailable, ConditionSet.False, "Unavailable", look.EtcdProgress ?? trouble);
        }
        else if (look.Etcd.HoldsCluster is null)
        {
            Conditions.Set(ClusterConditions.EtcdAvailable, ConditionSet.Unknown, "NotLookedAt", "It was not looked at, because of what Ready says.");
        }
        else if (plan.IsEtcdManaged && look.Etcd.Members.Count < plan.EtcdMembers)
        {
            Conditions.Set(
                ClusterConditions.EtcdAvailable, ConditionSet.True, "MembersMissing",
                $"It answers, but only {look.Etcd.Members.Count} of {plan.EtcdMembers} members do. {look.EtcdProgress ?? $"See which pod of {plan.Names.Etcd} is not ready."}");
        }
        else
        {
            Conditions.Set(ClusterConditions.EtcdAvailable, ConditionSet.True, "Available", "It answers.");
        }
    }

    private void WriteUpkeep()
    {
        if (upkeep is null)
        {
            const string Message = "etcd is not the operator's own: whoever runs it takes its snapshots and defragments it.";
            foreach (var type in (string[])[ClusterConditions.EtcdSnapshot, ClusterConditions.EtcdSnapshotAccess, ClusterConditions.EtcdMaintenance])
            {
                Conditions.Set(type, ConditionSet.Unknown, "NotManaged", Message);
            }

            return;
        }

        WriteSnapshot(upkeep);
        WriteAccess(upkeep);
        if (upkeep.MaintenanceTrouble is { } trouble)
        {
            Conditions.Set(ClusterConditions.EtcdMaintenance, ConditionSet.False, "Failed", trouble);
        }
        else if (upkeep.MaintainedAt is { } at)
        {
            Conditions.Set(ClusterConditions.EtcdMaintenance, ConditionSet.True, "Defragmented", $"All members were defragmented at {at:u}.");
        }
        else
        {
            Conditions.Set(ClusterConditions.EtcdMaintenance, ConditionSet.True, "NotDue", "No defragmentation was due yet.");
        }
    }

    private void WriteSnapshot(EtcdUpkeepState state)
    {
        if (state.SnapshotAt is { } at && now - at <= plan.Options.Snapshots.StaleAfter)
        {
            Conditions.Set(ClusterConditions.EtcdSnapshot, ConditionSet.True, "Published", $"The newest is {state.SnapshotKey}, of {at:u}. {state.RemovalTrouble}".TrimEnd());
        }
        else if (state.SnapshotAt is not null || state.SnapshotTrouble is not null)
        {
            Conditions.Set(
                ClusterConditions.EtcdSnapshot, ConditionSet.False, state.SnapshotAt is null ? "Failed" : "Stale",
                $"{(state.SnapshotAt is { } old ? $"The newest is {state.SnapshotKey}, of {old:u}." : "There is none.")} {state.SnapshotTrouble}".TrimEnd());
        }
        else
        {
            Conditions.Set(ClusterConditions.EtcdSnapshot, ConditionSet.Unknown, "NotYet", "None was due yet.");
        }
    }

    private void WriteAccess(EtcdUpkeepState state)
    {
        switch (state.AccessTrouble, state.IsAccessKnown)
        {
            case ({ } trouble, _):
                Conditions.Set(ClusterConditions.EtcdSnapshotAccess, ConditionSet.False, "Refused", trouble);
                break;
            case (null, true):
                Conditions.Set(ClusterConditions.EtcdSnapshotAccess, ConditionSet.True, "Granted", "Snapshots can be written.");
                break;
            default:
                Conditions.Set(ClusterConditions.EtcdSnapshotAccess, ConditionSet.Unknown, "NotYet", "It was not tried yet.");
                break;
        }
    }
}
