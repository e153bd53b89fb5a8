using System.Text.Json.Nodes;

namespace Kafscale.Deploy.Tests;

/// <summary>What the chart makes of its values.</summary>
public sealed class ChartTests
{
    [Fact]
    public async Task By_itself_it_is_an_operator_and_what_belongs_to_it()
    {
        var rendering = await Chart.RenderAsync();

        Assert.Equal(
            [
                "Deployment kafscale-operator",
                "NetworkPolicy kafscale-brokers",
                "NetworkPolicy kafscale-consoles",
                "NetworkPolicy kafscale-etcd",
                "NetworkPolicy kafscale-operator",
                "PodDisruptionBudget kafscale-operator",
                "Role kafscale-operator",
                "Role kafscale-operator-leader",
                "RoleBinding kafscale-operator",
                "RoleBinding kafscale-operator-leader",
                "Service kafscale-operator",
                "ServiceAccount kafscale-operator",
            ],
            rendering.Objects.Select(manifest => $"{manifest.Kind} {manifest.Name}").Order(StringComparer.Ordinal));
        Assert.Equal(2, rendering.One("Deployment", "kafscale-operator").At("spec", "replicas")!.GetValue<int>());
    }

    [Theory]
    [InlineData("operator: {podDisruptionBudget: {enabled: false}}", "PodDisruptionBudget", 1, 0)]
    [InlineData("networkPolicy: {enabled: false}", "NetworkPolicy", 4, 0)]
    [InlineData("rbac: {create: false}", "Role", 2, 0)]
    [InlineData("rbac: {create: false}", "RoleBinding", 2, 0)]
    [InlineData("rbac: {userRoles: true}", "ClusterRole", 0, 2)]
    [InlineData("operator: {serviceAccount: {create: false}}", "ServiceAccount", 1, 0)]
    [InlineData("console: {enabled: true, bootstrapServer: 'b:9092'}", "Deployment", 1, 2)]
    [InlineData("console: {enabled: true, bootstrapServer: 'b:9092', ingress: {enabled: true, host: h}}", "Ingress", 0, 1)]
    [InlineData("monitoring: {serviceMonitor: {enabled: true}}", "ServiceMonitor", 0, 2)]
    [InlineData("monitoring: {prometheusRule: {enabled: true}}", "PrometheusRule", 0, 1)]
    public async Task A_feature_is_there_or_not_as_its_value_says(string values, string kind, int withoutThem, int withThem)
    {
        Assert.Equal(withoutThem, (await Chart.RenderAsync()).OfKind(kind).Count());
        Assert.Equal(withThem, (await Chart.RenderAsync(values)).OfKind(kind).Count());
    }

    [Theory]
    [MemberData(nameof(ValueSets.Names), MemberType = typeof(ValueSets))]
    public async Task Every_object_has_its_labels_and_no_other_object_is_the_same(string values)
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));

        Assert.Equal(rendering.Objects.Count, rendering.Objects.Select(manifest => manifest.Identity).Distinct().Count());
        Assert.All(rendering.Objects, manifest =>
        {
            Assert.Equal("kafscale", manifest.Labels["app.kubernetes.io/instance"]);
            Assert.Equal("kafscale", manifest.Labels["app.kubernetes.io/part-of"]);
            Assert.Equal("Helm", manifest.Labels["app.kubernetes.io/managed-by"]);
            Assert.Contains("app.kubernetes.io/component", manifest.Labels);
            Assert.Contains("app.kubernetes.io/version", manifest.Labels);
        });
        Assert.All(
            rendering.Objects.Where(manifest => !manifest.Kind.StartsWith("Cluster", StringComparison.Ordinal)), manifest => Assert.NotNull(manifest.Namespace));
    }

    [Theory]
    [MemberData(nameof(ValueSets.Names), MemberType = typeof(ValueSets))]
    public async Task Selectors_find_the_pods_that_they_are_for_and_those_alone(string values)
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));
        var deployments = rendering.OfKind("Deployment").ToList();

        Assert.All(deployments, deployment => Assert.Equal([deployment.Name], Selected(deployments, deployment.LabelsAt("spec", "selector", "matchLabels"))));
        Assert.All(rendering.OfKind("Service"), service => Assert.Equal([service.Name], Selected(deployments, service.LabelsAt("spec", "selector"))));
        Assert.All(
            rendering.OfKind("PodDisruptionBudget"),
            budget => Assert.Equal([budget.Name], Selected(deployments, budget.LabelsAt("spec", "selector", "matchLabels"))));
        // What operators give to pods of clusters is not what pods of the release have, whatever the cluster's name.
        Assert.All(deployments, deployment => Assert.DoesNotContain(
            deployment.LabelsAt("spec", "template", "metadata", "labels")["app.kubernetes.io/component"], new[] { "broker", "etcd", "console", "restore" }));
    }

    [Theory]
    [MemberData(nameof(ValueSets.Names), MemberType = typeof(ValueSets))]
    public async Task Ports_that_are_named_are_there(string values)
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));
        var deployments = rendering.OfKind("Deployment").ToDictionary(deployment => deployment.Name);

        Assert.All(rendering.OfKind("Service"), service => Assert.All(service.At("spec", "ports")!.AsArray(), port => Assert.Contains(
            port!["targetPort"]!.GetValue<string>(),
            deployments[service.Name].PodSpec!["containers"]![0]!["ports"]!.AsArray().Select(named => named!["name"]!.GetValue<string>()))));
    }

    [Fact]
    public async Task A_release_and_the_chart_give_the_names()
    {
        Assert.Contains("streaming-kafscale-operator", Names(await Chart.RenderAsync("", "-name", "streaming")));
        Assert.Contains("my-kafscale-operator", Names(await Chart.RenderAsync("", "-name", "my-kafscale")));
        Assert.Contains("other-operator", Names(await Chart.RenderAsync("fullnameOverride: other")));
        Assert.All(Names(await Chart.RenderAsync("", "-name", new string('a', 53))), name => Assert.InRange(name.Length, 1, 63));
    }

    [Fact]
    public async Task An_upgrade_changes_no_selector()
    {
        var before = await Chart.RenderAsync();
        var after = await Chart.RenderAsync("{image: {tag: 9.9.9}, commonLabels: {team: blue}, operator: {podLabels: {a: b}}}", "-upgrade");

        Assert.True(JsonNode.DeepEquals(
            before.One("Deployment", "kafscale-operator").At("spec", "selector"), after.One("Deployment", "kafscale-operator").At("spec", "selector")));
    }

    [Fact]
    public async Task A_console_without_a_broker_and_an_ingress_without_a_host_are_refused()
    {
        var console = await Assert.ThrowsAsync<RenderingFailedException>(() => Chart.RenderAsync("console: {enabled: true}"));
        Assert.Contains("console.bootstrapServer must name a broker", console.Message, StringComparison.Ordinal);

        var ingress = await Assert.ThrowsAsync<RenderingFailedException>(
            () => Chart.RenderAsync("console: {enabled: true, bootstrapServer: 'b:9092', ingress: {enabled: true}}"));
        Assert.Contains("console.ingress.host must be set", ingress.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_cluster_is_refused()
    {
        var refusal = await Assert.ThrowsAsync<RenderingFailedException>(() => Chart.RenderAsync("", "-kube-version", "v1.27.9"));

        Assert.Contains(">=1.28", refusal.Message, StringComparison.Ordinal);
        await Chart.RenderAsync("", "-kube-version", "v1.28.3-gke.100");
    }

    [Fact]
    public async Task Notes_say_what_to_do_next()
    {
        var plain = await Chart.RenderAsync();
        Assert.Contains("kubectl -n kafscale rollout status deployment/kafscale-operator", plain.Notes, StringComparison.Ordinal);
        Assert.Contains("kind: KafscaleCluster", plain.Notes, StringComparison.Ordinal);
        Assert.DoesNotContain("Nobody can sign in", plain.Notes, StringComparison.Ordinal);

        var other = await Chart.RenderAsync("{watch: {clusterWide: true}, operator: {replicas: 1}, console: {enabled: true, bootstrapServer: 'b:9092'}}");
        Assert.Contains("all namespaces", other.Notes, StringComparison.Ordinal);
        Assert.Contains("There is one operator", other.Notes, StringComparison.Ordinal);
        Assert.Contains("Nobody can sign in", other.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", null, "metadata.namespace")]
    [InlineData("watch: {namespace: blue}", "blue", null)]
    [InlineData("watch: {clusterWide: true}", null, null)]
    public async Task The_operator_is_told_which_namespaces_to_look_after(string values, string? name, string? field)
    {
        var rendering = await Chart.RenderAsync(values);

        var variable = Environment(rendering).SingleOrDefault(variable => variable["name"]!.GetValue<string>() == "KAFSCALE_OPERATOR_NAMESPACE");
        Assert.Equal(name, variable?["value"]?.GetValue<string>());
        Assert.Equal(field, variable?["valueFrom"]?["fieldRef"]?["fieldPath"]?.GetValue<string>());
    }

    [Fact]
    public async Task What_is_left_empty_is_left_to_the_operator()
    {
        var rendering = await Chart.RenderAsync();

        Assert.DoesNotContain(Environment(rendering), variable => variable["value"]?.GetValue<string>() == "");
        Assert.DoesNotContain(Environment(rendering), variable => variable["name"]!.GetValue<string>() == "KAFSCALE_OPERATOR_ETCD_SNAPSHOT_BUCKET");
    }

    [Fact]
    public async Task Every_value_of_etcd_reaches_the_operator()
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of("other etcd"));

        var variables = Environment(rendering).Where(variable => variable["value"] is not null)
            .ToDictionary(variable => variable["name"]!.GetValue<string>(), variable => variable["value"]!.GetValue<string>());
        Assert.Equal("registry.example/etcd:v3.5.21", variables["KAFSCALE_OPERATOR_ETCD_IMAGE"]);
        Assert.Equal("1", variables["KAFSCALE_OPERATOR_ETCD_REPLICAS"]);
        Assert.Equal("fast", variables["KAFSCALE_OPERATOR_ETCD_STORAGE_CLASS"]);
        Assert.Equal("true", variables["KAFSCALE_OPERATOR_ETCD_STORAGE_MEMORY"]);
        Assert.Equal("512MiB", variables["KAFSCALE_OPERATOR_ETCD_QUOTA_BACKEND_BYTES"]);
        Assert.Equal("snapshots", variables["KAFSCALE_OPERATOR_ETCD_SNAPSHOT_BUCKET"]);
        Assert.Equal("600", variables["KAFSCALE_OPERATOR_ETCD_SNAPSHOT_STALE_AFTER_SEC"]);
        Assert.Equal("512Mi", rendering.One("Deployment", "kafscale-operator").PodSpec!["volumes"]![0]!["emptyDir"]!["sizeLimit"]!.GetValue<string>());
    }

    private static IEnumerable<string> Names(Rendering rendering) => rendering.Objects.Select(manifest => manifest.Name);

    private static IEnumerable<JsonObject> Environment(Rendering rendering) =>
        rendering.One("Deployment", "kafscale-operator").PodSpec!["containers"]![0]!["env"]!.AsArray().Select(variable => variable!.AsObject());

    private static IEnumerable<string> Selected(IEnumerable<Manifest> deployments, IReadOnlyDictionary<string, string> selector) =>
        deployments.Where(deployment =>
        {
            var labels = deployment.LabelsAt("spec", "template", "metadata", "labels");
            return selector.Count > 0 && selector.All(wanted => labels.GetValueOrDefault(wanted.Key) == wanted.Value);
        }).Select(deployment => deployment.Name);
}
