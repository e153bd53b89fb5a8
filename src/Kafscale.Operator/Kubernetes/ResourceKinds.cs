using k8s.Models;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Kubernetes;

/// <summary>All that the operator works with.</summary>
internal static class ResourceKinds
{
    public static readonly ResourceKind<KafscaleCluster> Clusters = new(KafscaleApi.Group, KafscaleApi.Version, "kafscaleclusters", KafscaleCluster.KindName);
    public static readonly ResourceKind<KafscaleTopic> Topics = new(KafscaleApi.Group, KafscaleApi.Version, "kafscaletopics", KafscaleTopic.KindName);
    public static readonly ResourceKind<V1StatefulSet> StatefulSets = new("apps", "v1", "statefulsets", "StatefulSet");
    public static readonly ResourceKind<V1Deployment> Deployments = new("apps", "v1", "deployments", "Deployment");
    public static readonly ResourceKind<V1Service> Services = new("", "v1", "services", "Service");
    public static readonly ResourceKind<V1ConfigMap> ConfigMaps = new("", "v1", "configmaps", "ConfigMap");
    public static readonly ResourceKind<V1Secret> Secrets = new("", "v1", "secrets", "Secret");
    public static readonly ResourceKind<V1Pod> Pods = new("", "v1", "pods", "Pod");
    public static readonly ResourceKind<Corev1Event> Events = new("", "v1", "events", "Event");
    public static readonly ResourceKind<V1PodDisruptionBudget> DisruptionBudgets = new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget");
    public static readonly ResourceKind<V2HorizontalPodAutoscaler> Autoscalers = new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler");
    public static readonly ResourceKind<V1Job> Jobs = new("batch", "v1", "jobs", "Job");
}
