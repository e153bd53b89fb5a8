using System.Text.Json.Nodes;

namespace Kafscale.Deploy.Tests;

/// <summary>Pods fit the profile <c>restricted</c> of Kubernetes' pod security standards, and more than it asks for.</summary>
public sealed class PodSecurityTests
{
    private static readonly string[] AllowedVolumes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

    [Theory]
    [MemberData(nameof(ValueSets.Names), MemberType = typeof(ValueSets))]
    public async Task Every_pod_is_restricted(string values)
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));

        var pods = rendering.Objects.Where(manifest => manifest.PodSpec is not null).ToList();
        Assert.NotEmpty(pods);
        Assert.All(pods, manifest => AssertRestricted(manifest.PodSpec!));
    }

    [Fact]
    public void So_is_every_pod_of_the_samples() =>
        Assert.All(Samples.All.Where(manifest => manifest.PodSpec is not null), manifest => AssertRestricted(manifest.PodSpec!));

    [Theory]
    [MemberData(nameof(ValueSets.Names), MemberType = typeof(ValueSets))]
    public async Task No_image_is_whatever_is_the_latest(string values)
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));

        var images = rendering.Objects.Concat(Samples.All).Where(manifest => manifest.PodSpec is not null).SelectMany(manifest => Containers(manifest.PodSpec!))
            .Select(container => container["image"]!.GetValue<string>()).ToList();
        Assert.NotEmpty(images);
        Assert.All(images, image =>
        {
            Assert.DoesNotContain(":latest", image, StringComparison.Ordinal);
            Assert.Matches("(:[A-Za-z0-9._-]+|@sha256:[0-9a-f]{64})$", image);
        });
    }

    [Theory]
    [MemberData(nameof(ValueSets.Names), MemberType = typeof(ValueSets))]
    public async Task Every_container_says_what_it_needs_and_how_to_see_that_it_works(string values)
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));

        var containers = rendering.Objects.Where(manifest => manifest.PodSpec is not null).SelectMany(manifest => Containers(manifest.PodSpec!));
        Assert.All(containers, container =>
        {
            Assert.NotNull(container["resources"]?["requests"]?["cpu"]);
            Assert.NotNull(container["resources"]?["requests"]?["memory"]);
            Assert.NotNull(container["resources"]?["limits"]?["memory"]);
            Assert.NotNull(container["livenessProbe"]);
            Assert.NotNull(container["readinessProbe"]);
        });
    }

    private static void AssertRestricted(JsonObject pod)
    {
        Assert.All(["hostNetwork", "hostPID", "hostIPC"], key => Assert.Null(pod[key]));
        Assert.True(pod["securityContext"]!["runAsNonRoot"]!.GetValue<bool>());
        Assert.True(pod["securityContext"]!["runAsUser"]!.GetValue<int>() > 0);
        Assert.Equal("RuntimeDefault", pod["securityContext"]!["seccompProfile"]!["type"]!.GetValue<string>());
        Assert.All(
            (pod["volumes"] as JsonArray ?? []).SelectMany(volume => volume!.AsObject().Select(part => part.Key)).Where(key => key != "name"),
            kind => Assert.Contains(kind, AllowedVolumes));
        Assert.All(Containers(pod), container =>
        {
            var context = container["securityContext"]!;
            Assert.False(context["allowPrivilegeEscalation"]!.GetValue<bool>());
            Assert.False(context["privileged"]?.GetValue<bool>() ?? false);
            Assert.True(context["readOnlyRootFilesystem"]!.GetValue<bool>());
            Assert.Equal(["ALL"], context["capabilities"]!["drop"]!.AsArray().Select(capability => capability!.GetValue<string>()));
            Assert.Null(context["capabilities"]!["add"]);
            Assert.All((container["ports"] as JsonArray ?? []).Select(port => port!["hostPort"]), Assert.Null);
        });
    }

    private static IEnumerable<JsonObject> Containers(JsonObject pod) =>
        new[] { "initContainers", "containers" }.SelectMany(key => pod[key] as JsonArray ?? []).Select(container => container!.AsObject());
}
