using System.Text.Json.Nodes;

namespace Kafscale.Deploy.Tests;

/// <summary>What a custom resource definition wants of its resources, but for the rules in CEL.</summary>
internal sealed class CustomResourceSchema
{
    private readonly JsonNode _schema;

    /// <param name="definition">The CustomResourceDefinition.</param>
    public CustomResourceSchema(Manifest definition)
    {
        _schema = definition.At("spec", "versions")![0]!["schema"]!["openAPIV3Schema"]!.DeepClone();
        RefuseUnknownFields(_schema);
    }

    /// <summary>What is wrong with each of some resources, as PLACE: WHAT.</summary>
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
