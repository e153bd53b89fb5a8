using System.Text.Json.Nodes;
using k8s.Models;

namespace Kafscale.Operator.Kubernetes;

/// <summary>
/// Whether an object is what is wanted of it. What the wish does not name may be anything: the API server fills in defaults, and others set what is theirs.
/// </summary>
internal static class Differences
{
    // What tells the elements of a list apart, as the API server merges them; the first that all elements have is used.
    private static readonly string[] ElementKeys = ["name", "mountPath", "topologyKey", "type", "uid"];

    private static readonly HashSet<string> QuantityMaps = new(StringComparer.Ordinal) { "requests", "limits" };

    /// <summary>Where an object first differs from what is wanted, as a path; null where it does not.</summary>
    public static string? Find(JsonNode? wanted, JsonNode? found) => Find(wanted, found, "", isQuantity: false);

    private static string? Find(JsonNode? wanted, JsonNode? found, string path, bool isQuantity)
    {
        switch (wanted)
        {
            case null:
                return null;
            case JsonObject fields:
                return FindInObject(fields, found as JsonObject, path);
            case JsonArray elements:
                return FindInList(elements, found as JsonArray, path);
            default:
                return found is JsonValue && (JsonNode.DeepEquals(wanted, found) || (isQuantity && IsSameQuantity(wanted, found))) ? null : path;
        }
    }

    private static string? FindInObject(JsonObject wanted, JsonObject? found, string path)
    {
        if (found is null)
        {
            // Empty objects are left out by whoever writes them.
            return wanted.Count == 0 ? null : path;
        }

        var isQuantityMap = QuantityMaps.Contains(path[(path.LastIndexOf('.') + 1)..]);
        foreach (var (name, value) in wanted)
        {
            if (value is not null && Find(value, found[name], $"{path}.{name}", isQuantityMap) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private static string? FindInList(JsonArray wanted, JsonArray? found, string path)
    {
        if (found is null)
        {
            return wanted.Count == 0 ? null : path;
        }

        var key = ElementKeys.FirstOrDefault(key => wanted.Count > 0 && wanted.All(element => element is JsonObject fields && fields.ContainsKey(key)));
        if (key is null)
        {
            return wanted.Count != found.Count
                ? path
                : Enumerable.Range(0, wanted.Count).Select(i => Find(wanted[i], found[i], $"{path}[{i}]", isQuantity: false)).FirstOrDefault(difference => difference is not null);
        }

        foreach (var element in wanted)
        {
            var name = element![key]!;
            var match = found.FirstOrDefault(other => other is JsonObject && JsonNode.DeepEquals(other[key], name));
            if (Find(element, match, $"{path}[{name}]", isQuantity: false) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }

    private static bool IsSameQuantity(JsonNode wanted, JsonNode found) =>
        new ResourceQuantity(wanted.ToString()).ToDecimal() == new ResourceQuantity(found.ToString()).ToDecimal();
}
