using System.Text.Json;
using System.Text.Json.Nodes;
using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

/// <summary>Holds values against schemas by Ajv, and objects against the published schemas that npm has; <c>schemas/check.js</c> does both.</summary>
internal static class Schemas
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What is wrong with each of some values, as PLACE: WHAT.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<string>>> FaultsOfValuesAsync(JsonNode schema, IEnumerable<JsonNode> values) =>
        await CheckAsync(values.Select(value => new JsonObject { ["schema"] = schema.DeepClone(), ["value"] = value.DeepClone() }));

    /// <summary>What is wrong with each of some custom resources by the rules in CEL in their schema, as PLACE: MESSAGE.</summary>
    /// <param name="schema">Of the definition.</param>
    /// <param name="values">Each with what it was before; null: it is new.</param>
    public static async Task<IReadOnlyList<IReadOnlyList<string>>> FaultsByRulesAsync(JsonNode schema, IEnumerable<(JsonNode Value, JsonNode? Old)> values) =>
        await CheckAsync(values.Select(pair =>
        {
            var check = new JsonObject { ["schema"] = schema.DeepClone(), ["value"] = pair.Value.DeepClone(), ["rules"] = true };
            if (pair.Old is { } old)
            {
                check["old"] = old.DeepClone();
            }

            return check;
        }));

    /// <summary>What is wrong with objects, each with whose fault it is.</summary>
    public static async Task<IReadOnlyList<string>> FaultsOfObjectsAsync(IReadOnlyList<Manifest> objects)
    {
        var faults = await CheckAsync(objects.Select(manifest => new JsonObject { ["object"] = manifest.Content.DeepClone() }));
        return [.. objects.Zip(faults).SelectMany(pair => pair.Second.Select(fault => $"{pair.First.Identity}: {fault}"))];
    }

    private static async Task<string[][]> CheckAsync(IEnumerable<JsonObject> checks)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("checks.json");
        await File.WriteAllTextAsync(file, new JsonArray([.. checks]).ToJsonString());
        var (exitCode, output) = await RunningProcess.RunAsync(
            "node", [RepositoryRoot.File("tests", "Kafscale.Deploy.Tests", "schemas", "check.js"), file], Patience);
        Assert.True(exitCode == 0, output);
        return JsonSerializer.Deserialize<string[][]>(output)!;
    }
}
