using System.Text.Json;
using System.Text.RegularExpressions;

namespace Kafscale.Cli.Tests.Running.Administration;

/// <summary>An OpenAPI document, as far as ours goes: which routes it has, and whether an answer is as it says.</summary>
internal sealed class OpenApi(JsonElement document)
{
    /// <summary>Methods and paths, such as <c>GET /healthz</c>.</summary>
    public IEnumerable<string> Operations =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select $"{operation.Name.ToUpperInvariant()} {path.Name}";

    /// <summary>What is wrong with an answer; empty where nothing is.</summary>
    public List<string> Check(string method, string path, int status, string? contentType, string body)
    {
        var problems = new List<string>();
        var responses = FindPath(path.Split('?')[0]).GetProperty(method.ToLowerInvariant()).GetProperty("responses");
        if (!responses.TryGetProperty($"{status}", out var response))
        {
            return [$"{status} is not described."];
        }

        if (!response.GetProperty("content").TryGetProperty(contentType ?? "", out var content))
        {
            return [$"{contentType} is not described."];
        }

        if (contentType!.EndsWith("json", StringComparison.Ordinal))
        {
            using var answer = JsonDocument.Parse(body);
            Check(content.GetProperty("schema"), answer.RootElement, "$", problems);
        }

        return problems;
    }

    // Parts in braces stand for anything.
    private JsonElement FindPath(string path) => document.GetProperty("paths").EnumerateObject()
        .Single(described => Regex.IsMatch(path, $"^{Regex.Replace(described.Name, @"\{[^}]+\}", "[^/]+")}$")).Value;

    private void Check(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            Check(document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]), value, at, problems);
            return;
        }

        if (schema.TryGetProperty("anyOf", out var choices))
        {
            if (!choices.EnumerateArray().Any(choice => Accepts(choice, value, at)))
            {
                problems.Add($"{at} is none of what is described.");
            }

            return;
        }

        var type = schema.GetProperty("type");
        string?[] types = type.ValueKind == JsonValueKind.Array ? [.. type.EnumerateArray().Select(each => each.GetString())] : [type.GetString()];
        if (!types.Contains(TypeOf(value)) && !(TypeOf(value) == "integer" && types.Contains("number")))
        {
            problems.Add($"{at} is of type {TypeOf(value)}, and described as {string.Join(" or ", types)}.");
            return;
        }

        if (schema.TryGetProperty("enum", out var values) && !values.EnumerateArray().Any(each => each.GetString() == value.GetString()))
        {
            problems.Add($"{at} is {value}, which is not among the values described.");
        }

        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(value.GetString()!, pattern.GetString()!))
        {
            problems.Add($"{at} is {value}, which is not of the form described.");
        }

        if (schema.TryGetProperty("minimum", out var minimum) && value.ValueKind == JsonValueKind.Number && value.GetDouble() < minimum.GetDouble())
        {
            problems.Add($"{at} is {value}, less than {minimum}.");
        }

        CheckMembers(schema, value, at, problems);
    }

    private void CheckMembers(JsonElement schema, JsonElement value, string at, List<string> problems)
    {
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
        {
            foreach (var item in value.EnumerateArray())
            {
                Check(items, item, $"{at}[]", problems);
            }
        }

        if (value.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties))
        {
            return;
        }

        foreach (var required in schema.GetProperty("required").EnumerateArray())
        {
            if (!value.TryGetProperty(required.GetString()!, out _))
            {
                problems.Add($"{at}.{required} is missing.");
            }
        }

        foreach (var member in value.EnumerateObject())
        {
            if (properties.TryGetProperty(member.Name, out var described))
            {
                Check(described, member.Value, $"{at}.{member.Name}", problems);
            }
            else
            {
                problems.Add($"{at}.{member.Name} is not described.");
            }
        }
    }

    private bool Accepts(JsonElement schema, JsonElement value, string at)
    {
        var problems = new List<string>();
        Check(schema, value, at, problems);
        return problems.Count == 0;
    }

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.Number => value.TryGetInt64(out _) ? "integer" : "number",
        JsonValueKind.Null => "null",
        _ => "boolean",
    };
}
