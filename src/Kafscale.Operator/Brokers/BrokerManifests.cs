using System.Globalization;
using k8s.Models;
using Kafscale.Operator.Clusters;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Brokers;

/// <summary>What brokers are made of in Kubernetes.</summary>
internal static class BrokerManifests
{
    /// <summary>The label of a pod that has its number, from Kubernetes 1.28 on.</summary>
    public const string PodIndexLabel = "apps.kubernetes.io/pod-index";

    /// <summary>What stands for the broker's id in the advertised host.</summary>
    private const string IdPlaceholder = "{id}";

    private const string ConfigHash = KafscaleApi.Prefix + "config-hash";
    private const string KafkaPortName = "kafka";
    private const string HttpPortName = "metrics";
    private const string PodName = "POD_NAME";
    private const string BrokerId = "KAFSCALE_BROKER_ID";

    // What a broker has for handing over and then for stopping, by its settings' defaults (10 s and 15 s), and some more.
    private const int TerminationGracePeriodSeconds = 45;

    private const int StartupTimeoutSeconds = 120;

    private const int DefaultMinReplicas = 3;
    private const int DefaultCpuPercent = 70;

    public static V1StatefulSet StatefulSet(ClusterPlan plan, int replicas)
    {
        var names = plan.Names;
        var selector = names.Selector(ClusterNames.BrokerComponent);
        return new V1StatefulSet
        {
            Metadata = names.Child(names.Broker, ClusterNames.BrokerComponent),
            Spec = new V1StatefulSetSpec
            {
                Replicas = replicas,
                ServiceName = names.BrokerHeadless,
                PodManagementPolicy = "Parallel",
                Selector = new V1LabelSelector { MatchLabels = selector },
                // The operator deletes pods itself, one by one, after it has drained them.
                UpdateStrategy = new V1StatefulSetUpdateStrategy { Type = "OnDelete" },
                Template = new V1PodTemplateSpec
                {
                    Metadata = new V1ObjectMeta
                    {
                        Labels = names.Labels(ClusterNames.BrokerComponent),
                        // The environment names keys of the Secret, so its contents are not part of the template by themselves.
                        Annotations = new Dictionary<string, string> { [ConfigHash] = plan.Credentials?.Fingerprint ?? "none" },
                    },
                    Spec = PodSpec(plan, selector),
                },
            },
        };
    }

    public static V1Service HeadlessService(ClusterPlan plan) => ComponentParts.HeadlessService(
        plan.Names, plan.Names.BrokerHeadless, ClusterNames.BrokerComponent,
        ComponentParts.Port(KafkaPortName, ClusterNames.KafkaPort), ComponentParts.Port(HttpPortName, ClusterNames.HttpPort));

    public static V1Service ClientService(ClusterPlan plan)
    {
        var wish = plan.Cluster.Spec.Brokers.Service;
        List<V1ServicePort> ports = [ComponentParts.Port(KafkaPortName, ClusterNames.KafkaPort, wish.KafkaNodePort)];
        // Whoever reaches it may drain brokers.
        if (wish.Type == ServiceSpec.ClusterIP || wish.MetricsNodePort is not null)
        {
            ports.Add(ComponentParts.Port(HttpPortName, ClusterNames.HttpPort, wish.MetricsNodePort));
        }

        var service = ComponentParts.Service(plan.Names, plan.Names.Broker, ClusterNames.BrokerComponent, [.. ports]);
        service.Metadata.Annotations = wish.Annotations is { Count: > 0 } annotations ? new Dictionary<string, string>(annotations) : null;
        service.Spec.Type = wish.Type;
        service.Spec.LoadBalancerIP = wish.LoadBalancerIP;
        service.Spec.LoadBalancerSourceRanges = wish.LoadBalancerSourceRanges is { Count: > 0 } ranges ? ranges : null;
        service.Spec.ExternalTrafficPolicy = wish.ExternalTrafficPolicy;
        return service;
    }

    public static V1PodDisruptionBudget DisruptionBudget(ClusterPlan plan) =>
        ComponentParts.DisruptionBudget(plan.Names, plan.Names.Broker, ClusterNames.BrokerComponent);

    /// <summary>It scales the cluster's resource, so that the operator is the only one that scales the StatefulSet.</summary>
    public static V2HorizontalPodAutoscaler Autoscaler(ClusterPlan plan, AutoscalingSpec wish)
    {
        var names = plan.Names;
        return new V2HorizontalPodAutoscaler
        {
            Metadata = names.Child(names.Broker, ClusterNames.BrokerComponent),
            Spec = new V2HorizontalPodAutoscalerSpec
            {
                ScaleTargetRef = new V2CrossVersionObjectReference { ApiVersion = plan.Cluster.ApiVersion, Kind = plan.Cluster.Kind, Name = names.Cluster },
                MinReplicas = Math.Min(wish.MinReplicas ?? DefaultMinReplicas, wish.MaxReplicas),
                MaxReplicas = wish.MaxReplicas,
                Metrics =
                [
                    new V2MetricSpec
                    {
                        Type = "Resource",
                        Resource = new V2ResourceMetricSource
                        {
                            Name = "cpu",
                            Target = new V2MetricTarget { Type = "Utilization", AverageUtilization = wish.TargetCPUUtilizationPercentage ?? DefaultCpuPercent },
                        },
                    },
                ],
            },
        };
    }

    private static V1PodSpec PodSpec(ClusterPlan plan, Dictionary<string, string> selector)
    {
        var pod = PodParts.PodWithTemporary(new V1Container
        {
            Name = "broker",
            Image = plan.Image,
            Args = ["broker"],
            Env = [.. Environment(plan)],
            Ports = [PodParts.Port(KafkaPortName, ClusterNames.KafkaPort), PodParts.Port(HttpPortName, ClusterNames.HttpPort)],
            LivenessProbe = PodParts.HttpProbe("/livez", HttpPortName, periodSeconds: 10, failures: 6),
            ReadinessProbe = PodParts.HttpProbe("/readyz", HttpPortName, periodSeconds: 5, failures: 2),
            Resources = Resources(plan.Cluster.Spec.Brokers.Resources),
        });
        pod.TerminationGracePeriodSeconds = TerminationGracePeriodSeconds;
        pod.TopologySpreadConstraints = PodParts.Spread(selector);
        return pod;
    }

    private static V1ResourceRequirements Resources(ResourcesSpec? wish) => wish is { Requests.Count: > 0 } or { Limits.Count: > 0 }
        ? new V1ResourceRequirements { Requests = wish.Requests, Limits = wish.Limits }
        : PodParts.Requests("500m", "1Gi");

    private static IEnumerable<V1EnvVar> Environment(ClusterPlan plan)
    {
        var names = plan.Names;
        var (brokers, config) = (plan.Cluster.Spec.Brokers, plan.Cluster.Spec.Config);
        yield return PodParts.FromField(PodName, "metadata.name");
        yield return PodParts.FromField(BrokerId, $"metadata.labels['{PodIndexLabel}']");
        yield return PodParts.Variable("KAFSCALE_BROKER_ADDR", Port(ClusterNames.KafkaPort));
        yield return PodParts.Variable("KAFSCALE_METRICS_ADDR", Port(ClusterNames.HttpPort));
        yield return PodParts.Variable(
            "KAFSCALE_BROKER_HOST",
            brokers.AdvertisedHost?.Replace(IdPlaceholder, $"$({BrokerId})", StringComparison.Ordinal) ?? $"$({PodName}).{names.BrokerHeadless}.{names.Namespace}.svc");
        yield return PodParts.Variable("KAFSCALE_BROKER_PORT", Text(brokers.AdvertisedPort ?? ClusterNames.KafkaPort));
        yield return PodParts.Variable("KAFSCALE_STARTUP_TIMEOUT_SEC", Text(StartupTimeoutSeconds));
        yield return PodParts.Variable("KAFSCALE_LOG_FORMAT", "json");
        foreach (var variable in StoreEnvironment.Of(plan))
        {
            yield return variable;
        }

        if (config.SegmentBytes is { } segmentBytes)
        {
            yield return PodParts.Variable("KAFSCALE_SEGMENT_BYTES", Text(segmentBytes));
        }

        if (config.FlushIntervalMs is { } flushIntervalMs)
        {
            yield return PodParts.Variable("KAFSCALE_FLUSH_INTERVAL_MS", Text(flushIntervalMs));
        }

        if (config.CacheSize?.Value is { Length: > 0 } cacheSize)
        {
            // Kubernetes says Gi where brokers say GiB.
            yield return PodParts.Variable("KAFSCALE_CACHE_BYTES", cacheSize.EndsWith('i') ? cacheSize + "B" : cacheSize);
        }
    }

    private static string Port(int port) => ":" + Text(port);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
