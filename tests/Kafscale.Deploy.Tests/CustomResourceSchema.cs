using System.Text.Json.Nodes;

namespace Kafscale.Deploy.Tests;

/// <summary>What a custom resource definition wants of its resources.</summary>
internal sealed class CustomResourceSchema
{
    private readonly JsonNode _published;
    private readonly JsonNode _schema;

    /// <param name="definition">The CustomResourceDefinition.</param>
    public CustomResourceSchema(Manifest definition)
    {
        _published = definition.At("spec", "versions")![0]!["schema"]!["openAPIV3Schema"]!;
        _schema = _published.DeepClone();
        RefuseUnknownFields(_schema);
    }

    /// <summary>The schema as it is published.</summary>
    public JsonObject Published => (JsonObject)_published;

    /// <summary>What is wrong with each of some resources by the rules in CEL, as PLACE: MESSAGE.</summary>
    /// <param name="resources">Each with what it was before; null: it is new.</param>
    public Task<IReadOnlyList<IReadOnlyList<string>>> FaultsByRulesAsync(IEnumerable<(Manifest Resource, Manifest? Old)> resources) =>
        Schemas.FaultsByRulesAsync(_published, resources.Select(pair => ((JsonNode)pair.Resource.Content, (JsonNode?)pair.Old?.Content)));

    /// <summary>What is wrong with each of some resources but for the rules in CEL, as PLACE: WHAT.</summary>
    public Task<IReadOnlyList<IReadOnlyList<string>>> FaultsAsync(params IEnumerable<Manifest> resources) =>
        Schemas.FaultsOfValuesAsync(_schema, resources.Select(resource => resource.Content));

    // The API server drops them; in a manifest of ours they are slips.
    private static void RefuseUnknownFields(JsonNode schema)
    {
        if (schema["items"] is { } items)
        {
            RefuseUnknownFields(items);
        }

        if (schema["properties"] is not JsonObject properties)
        {
            return;
        }

        schema["additionalProperties"] = false;
        foreach (var property in properties)
        {
            RefuseUnknownFields(property.Value!);
        }
    }
}
