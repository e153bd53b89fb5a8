using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>Files of YAML as JSON.</summary>
public static class Yaml
{
    /// <summary>The documents of a file.</summary>
    public static IReadOnlyList<JsonObject> ReadAll(string file)
    {
        using var reader = new StringReader(File.ReadAllText(file));
        var parser = new Parser(reader);
        var deserializer = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();
        var documents = new List<JsonObject>();
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _))
        {
            // Written and read again: numbers that were made from objects are not like those that were read.
            documents.Add((JsonObject)JsonNode.Parse(ToJson(deserializer.Deserialize<object>(parser))!.ToJsonString())!);
        }

        return documents;
    }

    private static JsonNode? ToJson(object? value) => value switch
    {
        null => null,
        IDictionary<object, object> map => new JsonObject(map.Select(pair => KeyValuePair.Create(pair.Key.ToString()!, ToJson(pair.Value)))),
        IList<object> list => new JsonArray([.. list.Select(ToJson)]),
        _ => JsonSerializer.SerializeToNode(value),
    };
}
