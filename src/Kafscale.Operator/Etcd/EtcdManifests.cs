using System.Globalization;
using k8s.Models;
using Kafscale.Operator.Clusters;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Etcd;

/// <summary>What the operator's own etcd is made of in Kubernetes.</summary>
internal static class EtcdManifests
{
    /// <summary>On a pod that is to join as a new member: all members, as <c>--initial-cluster</c> has them.</summary>
    public const string JoinAnnotation = KafscaleApi.Prefix + "etcd-join";

    /// <summary>The container of a pod that is a member.</summary>
    public const string ContainerName = "etcd";

    private const string StateKey = "initial-cluster-state";
    private const string MembersKey = "initial-cluster";
    private const string NewState = "new";
    private const string ExistingState = "existing";
    private const string ClientPortName = "client";
    private const string PeerPortName = "peer";
    private const string DataVolume = "data";
    private const string DataFolder = "/var/lib/etcd";

    // etcd's image is made for root, which the volumes' owner must not be.
    private const long User = 10001;

    /// <param name="plan">The cluster.</param>
    /// <param name="existing">The StatefulSet that there is: what Kubernetes does not let change stays as it is there.</param>
    public static V1StatefulSet StatefulSet(ClusterPlan plan, V1StatefulSet? existing)
    {
        var names = plan.Names;
        var selector = names.Selector(ClusterNames.EtcdComponent);
        var settings = plan.Options.Etcd;
        var isInMemory = existing is null ? settings.StorageMemory : existing.Spec.VolumeClaimTemplates is not { Count: > 0 };
        return new V1StatefulSet
        {
            Metadata = names.Child(names.Etcd, ClusterNames.EtcdComponent),
            Spec = new V1StatefulSetSpec
            {
                Replicas = plan.EtcdMembers,
                ServiceName = names.Etcd,
                PodManagementPolicy = "Parallel",
                Selector = new V1LabelSelector { MatchLabels = selector },
                UpdateStrategy = new V1StatefulSetUpdateStrategy { Type = "RollingUpdate" },
                Template = new V1PodTemplateSpec
                {
                    Metadata = new V1ObjectMeta { Labels = names.Labels(ClusterNames.EtcdComponent) },
                    Spec = PodSpec(plan, selector, isInMemory),
                },
                VolumeClaimTemplates = isInMemory ? null : [existing is null ? Claim(settings) : ClaimOf(existing)],
            },
        };
    }

    /// <summary>How a member starts that has no data. One that has data does not look at it.</summary>
    /// <param name="plan">The cluster.</param>
    /// <param name="isForming">
    /// Whether all members form an etcd that is new. Otherwise none is named, so that a member without data ends at once: under the id that it had it must not
    /// come back, having forgotten what it has promised.
    /// </param>
    public static V1ConfigMap Start(ClusterPlan plan, bool isForming) => new()
    {
        Metadata = plan.Names.Child(plan.Names.EtcdStart, ClusterNames.EtcdComponent),
        Data = new Dictionary<string, string> { [StateKey] = isForming ? NewState : ExistingState, [MembersKey] = isForming ? AllMembers(plan) : "" },
    };

    /// <summary>Whether members form an etcd that is new.</summary>
    public static bool IsForming(V1ConfigMap start) => start.Data?.TryGetValue(StateKey, out var state) == true && state == NewState;

    /// <summary>All members, as <c>--initial-cluster</c> has them.</summary>
    public static string AllMembers(ClusterPlan plan) => string.Join(',', Enumerable.Range(0, plan.EtcdMembers)
        .Select(member => $"{plan.Names.EtcdMember(member)}={plan.Names.EtcdPeerAddress(member)}"));

    public static V1Service PeerService(ClusterPlan plan) => ComponentParts.HeadlessService(
        plan.Names, plan.Names.Etcd, ClusterNames.EtcdComponent,
        ComponentParts.Port(ClientPortName, ClusterNames.EtcdClientPort), ComponentParts.Port(PeerPortName, ClusterNames.EtcdPeerPort));

    public static V1Service ClientService(ClusterPlan plan) => ComponentParts.Service(
        plan.Names, plan.Names.EtcdClient, ClusterNames.EtcdComponent, ComponentParts.Port(ClientPortName, ClusterNames.EtcdClientPort));

    public static V1PodDisruptionBudget DisruptionBudget(ClusterPlan plan) =>
        ComponentParts.DisruptionBudget(plan.Names, plan.Names.Etcd, ClusterNames.EtcdComponent);

    private static V1PodSpec PodSpec(ClusterPlan plan, Dictionary<string, string> selector, bool isInMemory)
    {
        var container = new V1Container
        {
            Name = ContainerName,
            Image = plan.Options.Etcd.Image,
            Command = ["etcd"],
            Args = [.. Arguments(plan)],
            Env =
            [
                PodParts.FromField("POD_NAME", "metadata.name"),
                PodParts.FromConfigMap("START_STATE", plan.Names.EtcdStart, StateKey),
                PodParts.FromConfigMap("START_MEMBERS", plan.Names.EtcdStart, MembersKey),
                PodParts.FromAnnotation("JOIN_MEMBERS", JoinAnnotation),
            ],
            Ports = [PodParts.Port(ClientPortName, ClusterNames.EtcdClientPort), PodParts.Port(PeerPortName, ClusterNames.EtcdPeerPort)],
            // A member without a quorum is not ready, but killing it would not bring the others back.
            LivenessProbe = new V1Probe { TcpSocket = new V1TCPSocketAction { Port = ClientPortName }, PeriodSeconds = 10, TimeoutSeconds = 5, FailureThreshold = 6 },
            ReadinessProbe = PodParts.HttpProbe("/health", ClientPortName, periodSeconds: 5, failures: 3),
            Resources = PodParts.Requests("200m", "512Mi"),
            VolumeMounts = [new V1VolumeMount { Name = DataVolume, MountPath = DataFolder }],
        };
        var pod = PodParts.Pod(container, User);
        pod.TerminationGracePeriodSeconds = 30;
        pod.TopologySpreadConstraints = PodParts.Spread(selector);
        pod.Volumes = isInMemory ? [new V1Volume { Name = DataVolume, EmptyDir = new V1EmptyDirVolumeSource { Medium = "Memory" } }] : null;
        return pod;
    }

    private static IEnumerable<string> Arguments(ClusterPlan plan)
    {
        var names = plan.Names;
        var settings = plan.Options.Etcd;
        var host = $"$(POD_NAME).{names.Etcd}.{names.Namespace}.svc";
        yield return "--name=$(POD_NAME)";
        // Below the volume, whose own folder may have a lost+found in it.
        yield return $"--data-dir={DataFolder}/member";
        yield return $"--listen-client-urls=http://0.0.0.0:{ClusterNames.EtcdClientPort}";
        yield return $"--listen-peer-urls=http://0.0.0.0:{ClusterNames.EtcdPeerPort}";
        yield return $"--advertise-client-urls=http://{host}:{ClusterNames.EtcdClientPort}";
        yield return $"--initial-advertise-peer-urls=http://{host}:{ClusterNames.EtcdPeerPort}";
        // Never both.
        yield return "--initial-cluster=$(START_MEMBERS)$(JOIN_MEMBERS)";
        yield return $"--initial-cluster-token={names.Namespace}/{names.Cluster}";
        yield return "--initial-cluster-state=$(START_STATE)";
        yield return $"--auto-compaction-mode={settings.AutoCompactionMode}";
        yield return $"--auto-compaction-retention={settings.AutoCompactionRetention}";
        yield return string.Create(CultureInfo.InvariantCulture, $"--quota-backend-bytes={settings.QuotaBackendBytes}");
    }

    private static V1PersistentVolumeClaim Claim(EtcdSettings settings) => new()
    {
        Metadata = new V1ObjectMeta { Name = DataVolume },
        Spec = new V1PersistentVolumeClaimSpec
        {
            AccessModes = ["ReadWriteOnce"],
            StorageClassName = settings.StorageClass,
            Resources = new V1VolumeResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new(settings.StorageSize) } },
        },
    };

    private static V1PersistentVolumeClaim ClaimOf(V1StatefulSet existing)
    {
        var claim = existing.Spec.VolumeClaimTemplates[0];
        return new V1PersistentVolumeClaim
        {
            Metadata = new V1ObjectMeta { Name = claim.Metadata.Name },
            Spec = new V1PersistentVolumeClaimSpec
            {
                AccessModes = claim.Spec.AccessModes,
                StorageClassName = claim.Spec.StorageClassName,
                Resources = claim.Spec.Resources,
            },
        };
    }
}
