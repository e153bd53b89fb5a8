using System.Text.Json.Nodes;

namespace Kafscale.Deploy.Tests;

/// <summary>What a chart comes to with certain values.</summary>
/// <param name="Values">The values after merging, as templates see them.</param>
/// <param name="Objects">All objects but the custom resource definitions.</param>
/// <param name="Notes">What is told to whoever has installed it.</param>
internal sealed record Rendering(JsonObject Values, IReadOnlyList<Manifest> Objects, string Notes)
{
    /// <summary>The objects of a kind.</summary>
    public IEnumerable<Manifest> OfKind(string kind) => Objects.Where(manifest => manifest.Kind == kind);

    /// <summary>The one object of a kind and name.</summary>
    public Manifest One(string kind, string name) => Assert.Single(Objects, manifest => manifest.Kind == kind && manifest.Name == name);
}
