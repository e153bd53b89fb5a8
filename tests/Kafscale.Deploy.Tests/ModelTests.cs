using k8s;

namespace Kafscale.Deploy.Tests;

/// <summary>Objects as the official client reads them: a field that Kubernetes does not have is a mistake, also where the API server drops it in silence.</summary>
public sealed class ModelTests
{
    [Theory]
    [MemberData(nameof(ValueSets.Names), MemberType = typeof(ValueSets))]
    public async Task The_chart_says_nothing_that_Kubernetes_does_not_know(string values)
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));

        Assert.All(rendering.Objects.Where(manifest => !manifest.ApiVersion.StartsWith("monitoring.", StringComparison.Ordinal)), AssertKnown);
    }

    [Fact]
    public void Nor_do_the_definitions() => Assert.All(Definitions.All, AssertKnown);

    [Fact]
    public void Nor_do_the_samples() =>
        Assert.All(Samples.All.Where(sample => !sample.ApiVersion.StartsWith("kafscale.io/", StringComparison.Ordinal)), AssertKnown);

    [Fact]
    public async Task A_field_with_a_slip_would_be_found()
    {
        var rendering = await Chart.RenderAsync();
        var deployment = rendering.One("Deployment", "kafscale-operator");

        deployment.PodSpec!["containers"]![0]!["readynessProbe"] = new System.Text.Json.Nodes.JsonObject();

        Assert.ThrowsAny<Exception>(() => AssertKnown(deployment));
    }

    // JSON is YAML.
    private static void AssertKnown(Manifest manifest) =>
        Assert.Single(KubernetesYaml.LoadAllFromString(manifest.Content.ToJsonString(), strict: true));
}
