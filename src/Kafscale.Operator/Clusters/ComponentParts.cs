using k8s.Models;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Clusters;

/// <summary>What components of a cluster have alike beside their pods: how they are reached, and how many may be away.</summary>
internal static class ComponentParts
{
    /// <summary>A port of a Service, which leads to the container's port of the same name.</summary>
    public static V1ServicePort Port(string name, int port, int? nodePort = null) =>
        new() { Name = name, Port = port, TargetPort = name, Protocol = "TCP", NodePort = nodePort };

    /// <summary>A Service with one address within the Kubernetes cluster, for those that are ready.</summary>
    public static V1Service Service(ClusterNames names, string name, string component, params V1ServicePort[] ports) => new()
    {
        Metadata = names.Child(name, component),
        Spec = new V1ServiceSpec { Type = ServiceSpec.ClusterIP, Selector = names.Selector(component), Ports = ports },
    };

    /// <summary>A Service that gives each pod a name.</summary>
    public static V1Service HeadlessService(ClusterNames names, string name, string component, params V1ServicePort[] ports) => new()
    {
        Metadata = names.Child(name, component),
        Spec = new V1ServiceSpec
        {
            ClusterIP = "None",
            // They are looked for by their names before they are ready: members of etcd find each other so, and clients a broker that starts.
            PublishNotReadyAddresses = true,
            Selector = names.Selector(component),
            Ports = ports,
        },
    };

    /// <summary>One pod at a time may be evicted.</summary>
    public static V1PodDisruptionBudget DisruptionBudget(ClusterNames names, string name, string component) => new()
    {
        Metadata = names.Child(name, component),
        Spec = new V1PodDisruptionBudgetSpec { MaxUnavailable = 1, Selector = new V1LabelSelector { MatchLabels = names.Selector(component) } },
    };
}
