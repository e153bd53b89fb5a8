using System.Globalization;
using k8s.Models;

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

    public static V1Service Service(ClusterPlan plan) => ComponentParts.Service(
        plan.Names, plan.Names.Console, ClusterNames.ConsoleComponent, ComponentParts.Port(PortName, ClusterNames.HttpPort));

    private static V1PodSpec PodSpec(ClusterPlan plan) => PodParts.PodWithTemporary(new V1Container
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
        Ports = [PodParts.Port(PortName, ClusterNames.HttpPort)],
        LivenessProbe = PodParts.HttpProbe("/healthz", PortName, periodSeconds: 10, failures: 6),
        ReadinessProbe = PodParts.HttpProbe("/healthz", PortName, periodSeconds: 5, failures: 3),
        Resources = PodParts.Requests("100m", "256Mi"),
    });

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
