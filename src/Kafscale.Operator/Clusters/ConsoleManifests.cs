using System.Globalization;
using k8s.Models;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Clusters;

/// <summary>What the console is made of in Kubernetes.</summary>
internal static class ConsoleManifests
{
    private const string PortName = "http";

    public static V1Deployment Deployment(ClusterPlan plan)
    {
        var names = plan.Names;
        return new V1Deployment
        {
            Metadata = names.Child(names.Console, ClusterNames.ConsoleComponent),
            Spec = new V1DeploymentSpec
            {
                Replicas = 1,
                Selector = new V1LabelSelector { MatchLabels = names.Selector(ClusterNames.ConsoleComponent) },
                Template = new V1PodTemplateSpec
                {
                    Metadata = new V1ObjectMeta { Labels = names.Labels(ClusterNames.ConsoleComponent) },
                    Spec = PodSpec(plan),
                },
            },
        };
    }

    public static V1Service Service(ClusterPlan plan)
    {
        var names = plan.Names;
        return new V1Service
        {
            Metadata = names.Child(names.Console, ClusterNames.ConsoleComponent),
            Spec = new V1ServiceSpec
            {
                Type = ServiceSpec.ClusterIP,
                Selector = names.Selector(ClusterNames.ConsoleComponent),
                Ports = [new V1ServicePort { Name = PortName, Port = ClusterNames.HttpPort, TargetPort = PortName, Protocol = "TCP" }],
            },
        };
    }

    private static V1PodSpec PodSpec(ClusterPlan plan) => new()
    {
        AutomountServiceAccountToken = false,
        EnableServiceLinks = false,
        SecurityContext = PodParts.PodSecurity(),
        Containers =
        [
            new V1Container
            {
                Name = "console",
                Image = plan.Image,
                Args = ["console"],
                Env =
                [
                    PodParts.Variable("KAFSCALE_CONSOLE_HTTP_ADDR", $":{ClusterNames.HttpPort}"),
                    PodParts.Variable("KAFSCALE_CONSOLE_BROKER_HTTP", BrokerHttp(plan)),
                    PodParts.Variable("KAFSCALE_CLIENT_BOOTSTRAP_SERVERS", $"{plan.Names.Broker}.{plan.Names.Namespace}.svc:{ClusterNames.KafkaPort}"),
                    // Without them nobody gets in.
                    PodParts.FromSecret("KAFSCALE_UI_USERNAME", plan.Names.Console, "KAFSCALE_UI_USERNAME", isOptional: true),
                    PodParts.FromSecret("KAFSCALE_UI_PASSWORD", plan.Names.Console, "KAFSCALE_UI_PASSWORD", isOptional: true),
                ],
                Ports = [new V1ContainerPort { Name = PortName, ContainerPort = ClusterNames.HttpPort, Protocol = "TCP" }],
                LivenessProbe = PodParts.HttpProbe("/healthz", PortName, periodSeconds: 10, failures: 6),
                ReadinessProbe = PodParts.HttpProbe("/healthz", PortName, periodSeconds: 5, failures: 3),
                Resources = PodParts.Requests("100m", "256Mi"),
                SecurityContext = PodParts.ContainerSecurity(),
                TerminationMessagePolicy = "FallbackToLogsOnError",
                VolumeMounts = [PodParts.TemporaryMount()],
            },
        ],
        Volumes = [PodParts.Temporary()],
    };

    // What brokers tell clients as their host need not lead to their HTTP port.
    private static string BrokerHttp(ClusterPlan plan)
    {
        var names = plan.Names;
        return plan.Cluster.Spec.Brokers.AdvertisedHost is null
            ? $"http://{{host}}:{ClusterNames.HttpPort}"
            : string.Join(',', Enumerable.Range(0, plan.Cluster.Spec.Brokers.Replicas).Select(broker =>
                string.Create(CultureInfo.InvariantCulture, $"http://{names.Broker}-{broker}.{names.BrokerHeadless}.{names.Namespace}.svc:{ClusterNames.HttpPort}")));
    }
}
