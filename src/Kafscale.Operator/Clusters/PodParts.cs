using k8s.Models;

namespace Kafscale.Operator.Clusters;

/// <summary>What all pods have alike: they pass for <c>restricted</c>, write nowhere but to /tmp, and ask nothing of the API server.</summary>
internal static class PodParts
{
    private const string TemporaryVolume = "tmp";

    public static V1EnvVar Variable(string name, string value) => new() { Name = name, Value = value };

    public static V1EnvVar FromField(string name, string path) => new() { Name = name, ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { FieldPath = path } } };

    /// <summary>A variable with an annotation that the pod has when its container starts; empty where it has none.</summary>
    public static V1EnvVar FromAnnotation(string name, string annotation) => FromField(name, $"metadata.annotations['{annotation}']");

    /// <summary>A variable with what a ConfigMap says when the container starts; it does not start before that is there.</summary>
    public static V1EnvVar FromConfigMap(string name, string map, string key) => new()
    {
        Name = name,
        ValueFrom = new V1EnvVarSource { ConfigMapKeyRef = new V1ConfigMapKeySelector { Name = map, Key = key } },
    };

    public static V1EnvVar FromSecret(string name, string secret, string key, bool isOptional = false) => new()
    {
        Name = name,
        ValueFrom = new V1EnvVarSource { SecretKeyRef = new V1SecretKeySelector { Name = secret, Key = key, Optional = isOptional ? true : null } },
    };

    public static V1Probe HttpProbe(string path, string port, int periodSeconds, int failures) => new()
    {
        HttpGet = new V1HTTPGetAction { Path = path, Port = port },
        PeriodSeconds = periodSeconds,
        TimeoutSeconds = 5,
        FailureThreshold = failures,
    };

    public static V1ResourceRequirements Requests(string cpu, string memory) => new()
    {
        Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(cpu), ["memory"] = new(memory) },
    };

    /// <summary>A pod of one container.</summary>
    /// <param name="container">The container; what all have alike is added to it.</param>
    /// <param name="user">As whom it runs; null: as its image says.</param>
    public static V1PodSpec Pod(V1Container container, long? user = null)
    {
        container.SecurityContext = new V1SecurityContext
        {
            AllowPrivilegeEscalation = false,
            ReadOnlyRootFilesystem = true,
            RunAsNonRoot = true,
            Capabilities = new V1Capabilities { Drop = ["ALL"] },
        };
        // So that the operator can tell why it does not run.
        container.TerminationMessagePolicy = "FallbackToLogsOnError";
        return new V1PodSpec
        {
            AutomountServiceAccountToken = false,
            EnableServiceLinks = false,
            SecurityContext = new V1PodSecurityContext
            {
                RunAsNonRoot = true,
                RunAsUser = user,
                RunAsGroup = user,
                FsGroup = user,
                SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
            },
            Containers = [container],
        };
    }

    /// <summary>A pod of one container that has a /tmp of its own.</summary>
    public static V1PodSpec PodWithTemporary(V1Container container)
    {
        container.VolumeMounts = [new V1VolumeMount { Name = TemporaryVolume, MountPath = "/tmp" }];
        var pod = Pod(container);
        pod.Volumes = [new V1Volume { Name = TemporaryVolume, EmptyDir = new V1EmptyDirVolumeSource { SizeLimit = new ResourceQuantity("512Mi") } }];
        return pod;
    }

    public static V1ContainerPort Port(string name, int port) => new() { Name = name, ContainerPort = port, Protocol = "TCP" };

    /// <summary>Over zones and machines, as well as it goes.</summary>
    public static List<V1TopologySpreadConstraint> Spread(Dictionary<string, string> selector) =>
    [
        .. ((string[])["topology.kubernetes.io/zone", "kubernetes.io/hostname"]).Select(key => new V1TopologySpreadConstraint
        {
            MaxSkew = 1,
            TopologyKey = key,
            WhenUnsatisfiable = "ScheduleAnyway",
            LabelSelector = new V1LabelSelector { MatchLabels = selector },
        }),
    ];
}
