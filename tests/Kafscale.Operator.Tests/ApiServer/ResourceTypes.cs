using System.Text.Json.Nodes;
using k8s.Models;
using Kafscale.Testing;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>What the stand-in knows: some of the server's own kinds, and those of deploy/crds.</summary>
public static class ResourceTypes
{
    public static IReadOnlyList<ResourceType> All { get; } =
    [
        new("", "v1", "pods", "Pod", HasStatus: true, ClrType: typeof(V1Pod)),
        new("", "v1", "services", "Service", HasStatus: true, ClrType: typeof(V1Service)),
        new("", "v1", "configmaps", "ConfigMap", HasStatus: false, ClrType: typeof(V1ConfigMap)),
        new("", "v1", "secrets", "Secret", HasStatus: false, ClrType: typeof(V1Secret)),
        new("", "v1", "events", "Event", HasStatus: false, ClrType: typeof(Corev1Event)),
        new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", HasStatus: true, ClrType: typeof(V1PersistentVolumeClaim)),
        new("apps", "v1", "statefulsets", "StatefulSet", HasStatus: true, ClrType: typeof(V1StatefulSet)),
        new("apps", "v1", "deployments", "Deployment", HasStatus: true, ClrType: typeof(V1Deployment)),
        new("batch", "v1", "jobs", "Job", HasStatus: true, ClrType: typeof(V1Job)),
        new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", HasStatus: true, ClrType: typeof(V1PodDisruptionBudget)),
        new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", HasStatus: true, ClrType: typeof(V2HorizontalPodAutoscaler)),
        new("coordination.k8s.io", "v1", "leases", "Lease", HasStatus: false, ClrType: typeof(V1Lease)),
        Defined("kafscaleclusters"),
        Defined("kafscaletopics"),
    ];

    /// <summary>A definition of deploy/crds.</summary>
    public static JsonObject ReadDefinition(string plural) => Yaml.ReadAll(RepositoryRoot.File("deploy", "crds", $"{plural}.kafscale.io.yaml"))[0];

    private static ResourceType Defined(string plural)
    {
        var spec = ReadDefinition(plural)["spec"]!;
        var version = spec["versions"]![0]!;
        return new ResourceType(
            (string)spec["group"]!, (string)version["name"]!, plural, (string)spec["names"]!["kind"]!, HasStatus: true, (JsonObject)version["schema"]!["openAPIV3Schema"]!);
    }
}
