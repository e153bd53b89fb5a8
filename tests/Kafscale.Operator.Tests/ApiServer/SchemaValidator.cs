using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>What the server does with an object by the schema of its definition: defaults, pruning, validation, rules.</summary>
public static class SchemaValidator
{
    /// <summary>Fills in defaults and removes what the schema does not know.</summary>
    public static void DefaultAndPrune(JsonNode? node, JsonObject schema, bool isRoot = true)
    {
        if (node is JsonArray list && schema["items"] is JsonObject items)
        {
            foreach (var element in list)
            {
                DefaultAndPrune(element, items, isRoot: false);
            }
        }

        if (node is not JsonObject fields)
        {
            return;
        }

        if (schema["additionalProperties"] is JsonObject additional)
        {
            foreach (var (_, value) in fields)
            {
                DefaultAndPrune(value, additional, isRoot: false);
            }

            return;
        }

        if (schema["properties"] is not JsonObject properties)
        {
            // Only metadata is like this, which is not the schema's.
            return;
        }

        foreach (var name in fields.Select(field => field.Key).Where(name => !properties.ContainsKey(name)).ToList())
        {
            fields.Remove(name);
        }

        foreach (var (name, property) in properties)
        {
            if (fields[name] is null && property!["default"] is { } value)
            {
                fields[name] = value.DeepClone();
            }

            DefaultAndPrune(fields[name], (JsonObject)property!, isRoot: false);
        }
    }

    /// <summary>What is wrong with an object.</summary>
    public static List<string> Validate(JsonNode? node, JsonNode? old, JsonObject schema, string path = "")
    {
        var problems = new List<string>();
        Validate(node, old, schema, path, problems);
        return problems;
    }

    private static void Validate(JsonNode? node, JsonNode? old, JsonObject schema, string path, List<string> problems)
    {
        if (node is null)
        {
            return;
        }

        if (!HasType(node, schema))
        {
            problems.Add($"{path}: Invalid value: must be of type {schema["type"]}");
            return;
        }

        switch (node)
        {
            case JsonObject fields:
                ValidateObject(fields, old as JsonObject, schema, path, problems);
                break;
            case JsonArray list:
                ValidateList(list, schema, path, problems);
                break;
            case JsonValue value:
                ValidateValue(value, schema, path, problems);
                break;
        }

        foreach (var rule in schema["x-kubernetes-validations"]?.AsArray() ?? [])
        {
            var text = (string)rule!["rule"]!;
            var isTransition = text.Contains("oldSelf", StringComparison.Ordinal);
            if ((!isTransition || old is not null) && !CelExpression.Parse(text).IsTrue(node, old))
            {
                problems.Add($"{path}: Invalid value: {rule["message"]}");
            }
        }
    }

    private static void ValidateObject(JsonObject fields, JsonObject? old, JsonObject schema, string path, List<string> problems)
    {
        foreach (var required in schema["required"]?.AsArray() ?? [])
        {
            if (fields[(string)required!] is null)
            {
                problems.Add($"{path}.{required}: Required value");
            }
        }

        if (schema["maxProperties"] is { } max && fields.Count > (int)max)
        {
            problems.Add($"{path}: Too many");
        }

        foreach (var (name, value) in fields)
        {
            if ((schema["properties"]?[name] ?? schema["additionalProperties"]) is JsonObject property)
            {
                Validate(value, old?[name], property, $"{path}.{name}", problems);
            }
        }
    }

    private static void ValidateList(JsonArray list, JsonObject schema, string path, List<string> problems)
    {
        if (schema["maxItems"] is { } max && list.Count > (int)max)
        {
            problems.Add($"{path}: Too many");
        }

        var keys = schema["x-kubernetes-list-map-keys"]?.AsArray().Select(key => (string)key!).ToList();
        var names = (string?)schema["x-kubernetes-list-type"] switch
        {
            "set" => list.Select(element => element!.ToJsonString()).ToList(),
            "map" => [.. list.Select(element => string.Join(',', keys!.Select(key => element![key])))],
            _ => [],
        };
        if (names.Distinct().Count() != names.Count)
        {
            problems.Add($"{path}: Duplicate value");
        }

        foreach (var (index, element) in list.Index())
        {
            Validate(element, null, (JsonObject)schema["items"]!, $"{path}[{index}]", problems);
        }
    }

    private static void ValidateValue(JsonValue value, JsonObject schema, string path, List<string> problems)
    {
        var isText = value.GetValueKind() == System.Text.Json.JsonValueKind.String;
        var text = value.ToString();
        if (schema["enum"] is JsonArray choices && !choices.Any(choice => choice!.ToString() == text))
        {
            problems.Add($"{path}: Unsupported value: {text}");
        }

        if (isText && schema["pattern"] is { } pattern && !Regex.IsMatch(text, (string)pattern!))
        {
            problems.Add($"{path}: Invalid value: {text} should match {pattern}");
        }

        if (isText && ((schema["minLength"] is { } shortest && text.Length < (int)shortest) || (schema["maxLength"] is { } longest && text.Length > (int)longest)))
        {
            problems.Add($"{path}: Invalid value: its length");
        }

        if (!isText && decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && ((schema["minimum"] is { } minimum && number < (decimal)minimum) || (schema["maximum"] is { } maximum && number > (decimal)maximum)))
        {
            problems.Add($"{path}: Invalid value: {text} is out of range");
        }
    }

    private static bool HasType(JsonNode node, JsonObject schema) => (schema["x-kubernetes-int-or-string"] is not null, (string?)schema["type"]) switch
    {
        (true, _) => node is JsonValue && node.GetValueKind() is System.Text.Json.JsonValueKind.Number or System.Text.Json.JsonValueKind.String,
        (_, "object") => node is JsonObject,
        (_, "array") => node is JsonArray,
        (_, "string") => node is JsonValue && node.GetValueKind() == System.Text.Json.JsonValueKind.String,
        (_, "integer") => node is JsonValue && node.GetValueKind() == System.Text.Json.JsonValueKind.Number && long.TryParse(node.ToString(), out _),
        (_, "boolean") => node is JsonValue && node.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False,
        _ => true,
    };
}
