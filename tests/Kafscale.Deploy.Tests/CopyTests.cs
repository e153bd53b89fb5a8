using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

/// <summary>What is in two places, because Helm and Kustomize read nothing outside of their folders, is the same in both.</summary>
public sealed class CopyTests
{
    [Theory]
    [InlineData("deploy/helm/kafscale/crds")]
    [InlineData("deploy/kustomize/base/crds")]
    [InlineData("deploy/kustomize/cluster-wide/crds")]
    public void Definitions_are_copied_as_they_are(string folder)
    {
        var copies = RepositoryRoot.File(folder);

        Assert.Equal(FilesOf(Definitions.Folder), FilesOf(copies));
    }

    [Fact]
    public void Alerts_are_copied_as_they_are() => Assert.Equal(
        File.ReadAllText(RepositoryRoot.File("deploy", "prometheus", "alerts.yaml")), File.ReadAllText(Path.Combine(Chart.Folder, "files", "alerts.yaml")));

    [Fact]
    public async Task The_rules_for_the_Prometheus_operator_are_those_of_the_alerts()
    {
        var alerts = await File.ReadAllTextAsync(RepositoryRoot.File("deploy", "prometheus", "alerts.yaml"));
        var asObject = Assert.Single(Manifest.ParseAll($"apiVersion: v1\nkind: Alerts\nmetadata: {{name: alerts}}\n{alerts}"));

        var rendering = await Chart.RenderAsync("monitoring: {prometheusRule: {enabled: true}}");

        Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(asObject.At("groups"), rendering.One("PrometheusRule", "kafscale").At("spec", "groups")));
    }

    [Fact]
    public void The_chart_and_the_image_have_the_version_of_the_sources()
    {
        var version = System.Xml.Linq.XDocument.Load(RepositoryRoot.File("Directory.Build.props")).Descendants("Version").Single().Value;
        var chart = File.ReadAllLines(Path.Combine(Chart.Folder, "Chart.yaml"));

        Assert.Contains($"version: {version}", chart);
        Assert.Contains($"appVersion: {version}", chart);
        Assert.Contains($"ARG VERSION={version}", File.ReadAllLines(RepositoryRoot.File("deploy", "docker", "Containerfile")));
    }

    private static Dictionary<string, string> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder).Where(file => file.EndsWith(".yaml", StringComparison.Ordinal))
            .ToDictionary(file => Path.GetFileName(file), File.ReadAllText);
}
