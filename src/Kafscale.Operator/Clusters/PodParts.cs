using k8s.Models;

namespace Kafscale.Operator.Clusters;

/// <summary>What all pods have alike: they pass for <c>restricted</c>, write nowhere but to /tmp, and ask nothing of the API server.</summary>
internal static class PodParts
{
    private const string TemporaryVolume = "tmp";

    public static V1EnvVar Variable(string name, string value) => new() { Name = name, Value = value };

    public static V1EnvVar FromField(string name, string path) => new() { Name = name, ValueFrom = new V1EnvVarSource { FieldRef = new V1ObjectFieldSelector { FieldPath = path } } };

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

    public static V1SecurityContext ContainerSecurity() => new()
    {
        AllowPrivilegeEscalation = false,
        ReadOnlyRootFilesystem = true,
        RunAsNonRoot = true,
        Capabilities = new V1Capabilities { Drop = ["ALL"] },
    };

    public static V1PodSecurityContext PodSecurity(long? user = null) => new()
    {
        RunAsNonRoot = true,
        RunAsUser = user,
        RunAsGroup = user,
        FsGroup = user,
        SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
    };

    public static V1Volume Temporary() => new() { Name = TemporaryVolume, EmptyDir = new V1EmptyDirVolumeSource { SizeLimit = new ResourceQuantity("512Mi") } };

    public static V1VolumeMount TemporaryMount() => new() { Name = TemporaryVolume, MountPath = "/tmp" };

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
