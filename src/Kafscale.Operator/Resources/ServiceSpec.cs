namespace Kafscale.Operator.Resources;

internal sealed class ServiceSpec
{
    public const string ClusterIP = "ClusterIP";

    public string Type { get; set; } = ClusterIP;

    public Dictionary<string, string>? Annotations { get; set; }

    public string? LoadBalancerIP { get; set; }

    public List<string>? LoadBalancerSourceRanges { get; set; }

    public string? ExternalTrafficPolicy { get; set; }

    public int? KafkaNodePort { get; set; }

    public int? MetricsNodePort { get; set; }
}
