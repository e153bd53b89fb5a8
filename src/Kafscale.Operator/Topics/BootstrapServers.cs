using k8s.Models;
using Kafscale.Operator.Clusters;

namespace Kafscale.Operator.Topics;

/// <summary>Where a cluster's brokers are reached by the Kafka protocol.</summary>
internal static class BootstrapServers
{
    private const int MaxBrokers = 5;

    /// <summary>Of the pods that are ready; null where none is.</summary>
    public static string? Of(IEnumerable<V1Pod> pods)
    {
        var addresses = pods.Where(PodLook.IsReady)
            .Select(pod => PodLook.AddressOf(pod, ClusterNames.KafkaPort)?.Authority)
            .Where(address => address is not null).Take(MaxBrokers).ToList();
        return addresses.Count > 0 ? string.Join(',', addresses) : null;
    }
}
