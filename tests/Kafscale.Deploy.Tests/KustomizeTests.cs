using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

public sealed partial class KustomizeTests
{
    private static readonly string[] LabelsOfHelm = ["helm.sh/chart", "app.kubernetes.io/managed-by"];

    [Theory]
    [InlineData("base")]
    [InlineData("cluster-wide")]
    public async Task A_base_is_the_chart_with_its_definitions_object_by_object(string name)
    {
        var rendering = await RenderWithValuesOfAsync(name);

        AssertSame([.. Definitions.All, .. rendering.Objects], await Kustomize.BuildAsync(name));
    }

    [Theory]
    [InlineData("console")]
    [InlineData("monitoring")]
    public async Task What_stands_beside_a_base_is_what_its_values_add_to_the_chart(string name)
    {
        var plain = await Chart.RenderAsync();
        var known = plain.Objects.Select(manifest => manifest.Identity).ToHashSet();
        var rendering = await RenderWithValuesOfAsync(name);

        AssertSame(rendering.Objects.Where(manifest => !known.Contains(manifest.Identity)), await Kustomize.BuildAsync(name));
        // It adds, and changes nothing.
        AssertSame(plain.Objects, rendering.Objects.Where(manifest => known.Contains(manifest.Identity)));
    }

    [Fact]
    public async Task The_overlay_of_the_documentation_takes_everything_to_another_namespace_and_image()
    {
        using var folder = new TemporaryFolder();
        var page = await File.ReadAllTextAsync(RepositoryRoot.File("docs", "kubernetes.md"));
        var overlay = Assert.Single(YamlBlock().Matches(page), block => block.Value.Contains("kind: Kustomization", StringComparison.Ordinal)).Groups[1].Value;
        await File.WriteAllTextAsync(folder.File("kustomization.yaml"), overlay
            .Replace("https://git.example/kafscale//deploy/kustomize", Path.GetRelativePath(folder.Path, Kustomize.Folder), StringComparison.Ordinal)
            .Replace("?ref=v0.1.0", "", StringComparison.Ordinal));

        var objects = await Kustomize.BuildFolderAsync(folder.Path);

        Assert.All(
            objects.Where(manifest => manifest.Kind != "CustomResourceDefinition"), manifest => Assert.Equal("streaming", manifest.Namespace));
        Assert.All(
            objects.Where(manifest => manifest.Kind == "RoleBinding").SelectMany(binding => binding.At("subjects")!.AsArray()),
            subject => Assert.Equal("streaming", subject!["namespace"]!.GetValue<string>()));
        // What Kustomize does not know to be the name of a namespace is not there.
        Assert.All(objects, manifest =>
        {
            var text = manifest.Content.ToJsonString();
            Assert.DoesNotContain("matchNames", text, StringComparison.Ordinal);
            Assert.DoesNotContain("kubernetes.io/metadata.name", text, StringComparison.Ordinal);
        });
        var container = Assert.Single(objects, manifest => manifest.Kind == "Deployment").PodSpec!["containers"]![0]!;
        Assert.Equal("registry.example/kafscale:0.1.0", container["image"]!.GetValue<string>());
        Assert.Equal("registry.example/kafscale:0.1.0", Assert.Single(
            container["env"]!.AsArray(), variable => variable!["name"]!.GetValue<string>() == "KAFSCALE_OPERATOR_IMAGE")!["value"]!.GetValue<string>());
    }

    private static async Task<Rendering> RenderWithValuesOfAsync(string name) =>
        await Chart.RenderAsync(await File.ReadAllTextAsync(Path.Combine(Kustomize.Folder, "values", $"{name}.yaml")));

    private static void AssertSame(IEnumerable<Manifest> expected, IEnumerable<Manifest> actual)
    {
        var wanted = expected.ToDictionary(manifest => manifest.Identity, WithoutLabelsOfHelm);
        var found = actual.ToDictionary(manifest => manifest.Identity, WithoutLabelsOfHelm);
        Assert.Equal(wanted.Keys.Order(), found.Keys.Order());
        Assert.All(wanted, pair => Assert.True(
            JsonNode.DeepEquals(pair.Value, found[pair.Key]), $"{pair.Key}: the chart has\n{pair.Value}\nand Kustomize\n{found[pair.Key]}\nRun deploy/update."));
    }

    private static JsonObject WithoutLabelsOfHelm(Manifest manifest)
    {
        var copy = manifest.Content.DeepClone().AsObject();
        RemoveLabels(copy["metadata"]);
        RemoveLabels(copy["spec"]?["template"]?["metadata"]);
        return copy;
    }

    private static void RemoveLabels(JsonNode? metadata)
    {
        if (metadata?["labels"] is JsonObject labels)
        {
            foreach (var label in LabelsOfHelm)
            {
                labels.Remove(label);
            }
        }
    }

    [GeneratedRegex("(?s)```yaml\n(.*?)```")]
    private static partial Regex YamlBlock();
}
