using System.Text.Json.Nodes;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>
/// Takes objects apart into the fields that managers own: scalars, lists that are owned as a whole, and the fields of list elements that are told apart by keys, as the
/// merge rules of the published types say.
/// </summary>
public static class FieldPaths
{
    /// <summary>The keys of a list's elements; empty: it is owned as a whole.</summary>
    private static string[] KeysOf(string field, JsonArray list) => field switch
    {
        "containers" or "initContainers" or "env" or "volumes" or "imagePullSecrets" => ["name"],
        "volumeMounts" => ["mountPath"],
        "ports" when list.All(port => port is JsonObject && port["containerPort"] is not null) => ["containerPort", "protocol"],
        "ports" => ["port", "protocol"],
        "topologySpreadConstraints" => ["topologyKey", "whenUnsatisfiable"],
        "ownerReferences" => ["uid"],
        "conditions" => ["type"],
        "partitions" when list.All(partition => partition is JsonObject) => ["id"],
        _ => [],
    };

    /// <summary>The fields of an object, but for those that the server itself sets.</summary>
    public static Dictionary<string, JsonNode?> Flatten(JsonObject document)
    {
        var fields = new Dictionary<string, JsonNode?>();
        Flatten(document, "", "", fields);
        foreach (var field in fields.Keys.Where(IsServers).ToList())
        {
            fields.Remove(field);
        }

        return fields;
    }

    /// <summary>Puts all fields of one object into another one.</summary>
    public static void Merge(JsonObject target, JsonObject source)
    {
        foreach (var (name, value) in source)
        {
            switch (value)
            {
                case JsonObject fields when target[name] is JsonObject existing:
                    Merge(existing, fields);
                    break;
                case JsonArray list when target[name] is JsonArray existing && KeysOf(name, list) is { Length: > 0 } keys:
                    MergeList(existing, list, keys);
                    break;
                case JsonArray list when name == "finalizers" && target[name] is JsonArray existing:
                    foreach (var element in list.Where(element => !existing.Any(other => JsonNode.DeepEquals(other, element))))
                    {
                        existing.Add(element!.DeepClone());
                    }

                    break;
                case null:
                    break;
                default:
                    target[name] = value.DeepClone();
                    break;
            }
        }
    }

    /// <summary>Removes a field by its path, and what is empty without it.</summary>
    public static void Remove(JsonObject document, string path)
    {
        var parts = path.Split('\u0001', StringSplitOptions.RemoveEmptyEntries);
        RemoveAt(document, parts, 0);
    }

    private static bool IsServers(string path) =>
        path.StartsWith("\u0001metadata\u0001", StringComparison.Ordinal)
        && path.Split('\u0001')[2] is "name" or "namespace" or "uid" or "resourceVersion" or "generation" or "creationTimestamp" or "managedFields" or "deletionTimestamp"
        || path is "\u0001apiVersion" or "\u0001kind";

    private static void Flatten(JsonNode? node, string path, string field, Dictionary<string, JsonNode?> fields)
    {
        switch (node)
        {
            case null:
                return;
            case JsonObject { Count: > 0 } children:
                foreach (var (name, value) in children)
                {
                    Flatten(value, $"{path}\u0001{name}", name, fields);
                }

                return;
            case JsonArray { Count: > 0 } list when KeysOf(field, list) is { Length: > 0 } keys:
                foreach (var element in list)
                {
                    Flatten(element, $"{path}\u0001{Selector((JsonObject)element!, keys)}", "", fields);
                }

                return;
            case JsonArray list when field == "finalizers":
                foreach (var element in list)
                {
                    fields[$"{path}\u0001={element}"] = element;
                }

                return;
            default:
                fields[path] = node;
                return;
        }
    }

    private static string Selector(JsonObject element, string[] keys) => "[" + string.Join(',', keys.Select(key => $"{key}={element[key]}")) + "]";

    private static void MergeList(JsonArray existing, JsonArray list, string[] keys)
    {
        foreach (var element in list.Cast<JsonObject>())
        {
            var selector = Selector(element, keys);
            if (existing.Cast<JsonObject>().FirstOrDefault(other => Selector(other, keys) == selector) is { } match)
            {
                Merge(match, element);
            }
            else
            {
                existing.Add(element.DeepClone());
            }
        }
    }

    private static bool RemoveAt(JsonNode node, string[] parts, int at)
    {
        var part = parts[at];
        var isLast = at == parts.Length - 1;
        if (node is JsonArray list)
        {
            var index = part.StartsWith('=')
                ? list.ToList().FindIndex(element => element!.ToString() == part[1..])
                : list.ToList().FindIndex(element => element is JsonObject fields && part == Selector(fields, [.. part[1..^1].Split(',').Select(pair => pair[..pair.IndexOf('=')])]));
            if (index < 0)
            {
                return false;
            }

            if (!isLast && at == parts.Length - 2 && IsKey(parts[at + 1], part))
            {
                // An element is gone when nothing but its keys is left.
                if (HasOnlyKeys((JsonObject)list[index]!, part))
                {
                    list.RemoveAt(index);
                }

                return list.Count == 0;
            }

            if (isLast || (RemoveAt(list[index]!, parts, at + 1) && HasOnlyKeys((JsonObject)list[index]!, part)))
            {
                list.RemoveAt(index);
            }

            return list.Count == 0;
        }

        if (node is not JsonObject fields1 || fields1[part] is not { } child)
        {
            return false;
        }

        if (isLast || RemoveAt(child, parts, at + 1))
        {
            fields1.Remove(part);
        }

        return fields1.Count == 0;
    }

    /// <summary>Whether a path is that of a key of its list element; keys are removed last.</summary>
    public static bool IsKey(string path)
    {
        var parts = path.Split('\u0001');
        return parts.Length > 2 && IsKey(parts[^1], parts[^2]);
    }

    private static bool IsKey(string field, string selector) =>
        selector.StartsWith('[') && selector[1..^1].Split(',').Any(pair => pair.StartsWith(field + "=", StringComparison.Ordinal));

    private static bool HasOnlyKeys(JsonObject element, string selector) => element.Count <= selector.Count(character => character == '=');
}
