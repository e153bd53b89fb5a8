using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>Whether an object has only fields of its published type: the client's library is made from the published schemas.</summary>
public static class StrictTypes
{
    /// <exception cref="JsonException">It has others.</exception>
    public static void Check(JsonNode? node, Type type, string path)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        switch (node)
        {
            case JsonObject fields when typeof(IDictionary).IsAssignableFrom(type) || IsDictionary(type, out _):
                if (IsDictionary(type, out var valueType))
                {
                    foreach (var (name, value) in fields)
                    {
                        Check(value, valueType!, $"{path}.{name}");
                    }
                }

                break;
            case JsonObject fields when type.Namespace == "k8s.Models":
                var properties = type.GetProperties().ToDictionary(NameOf);
                foreach (var (name, value) in fields)
                {
                    if (!properties.TryGetValue(name, out var property))
                    {
                        throw new JsonException($"unknown field \"{path}.{name}\"");
                    }

                    Check(value, property.PropertyType, $"{path}.{name}");
                }

                break;
            case JsonArray list when type.IsGenericType && typeof(IEnumerable).IsAssignableFrom(type):
                foreach (var element in list)
                {
                    Check(element, type.GetGenericArguments()[0], path + "[]");
                }

                break;
            case JsonObject or JsonArray when type.Namespace == "k8s.Models" || type == typeof(string) || type.IsPrimitive:
                throw new JsonException($"{path} has the wrong type");
        }
    }

    private static string NameOf(PropertyInfo property) =>
        property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);

    private static bool IsDictionary(Type type, out Type? valueType)
    {
        valueType = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>) ? type.GetGenericArguments()[1] : null;
        return valueType is not null;
    }
}
