namespace Kafscale.Deploy.Tests;

/// <summary>Objects by the schemas that Kubernetes and the Prometheus operator publish: types, what must be there, what has which form.</summary>
public sealed class PublishedSchemaTests
{
    [Fact]
    public async Task The_chart_is_valid_with_all_values()
    {
        var renderings = await Task.WhenAll(ValueSets.Names.Select(values => Chart.RenderAsync(ValueSets.Of(values))));

        Assert.Empty(await Schemas.FaultsOfObjectsAsync([.. renderings.SelectMany(rendering => rendering.Objects)]));
    }

    [Fact]
    public async Task The_definitions_and_samples_are_valid() => Assert.Empty(await Schemas.FaultsOfObjectsAsync(
        [.. Definitions.All, .. Samples.All.Where(sample => !sample.ApiVersion.StartsWith("kafscale.io/", StringComparison.Ordinal))]));

    [Fact]
    public async Task What_is_not_valid_would_be_found()
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of("monitoring"));
        var deployment = rendering.One("Deployment", "kafscale-operator");
        var monitor = rendering.One("ServiceMonitor", "kafscale-operator");

        deployment.PodSpec!.Remove("containers");
        monitor.At("spec")!["endpoints"]![0]!["interval"] = "often";

        var faults = await Schemas.FaultsOfObjectsAsync([deployment, monitor]);
        Assert.Contains(faults, fault => fault.StartsWith(deployment.Identity, StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith(monitor.Identity, StringComparison.Ordinal));
    }
}
