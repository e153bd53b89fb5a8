using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace Kafscale.Deploy.Tests;

/// <summary>An object of Kubernetes as a manifest has it.</summary>
internal sealed class Manifest
{
    private static readonly IDeserializer Deserializer = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build();

    private Manifest(JsonObject content)
    {
        Content = content;
        ApiVersion = Text("apiVersion") ?? throw new FormatException($"An object has no apiVersion: {content}");
        Kind = Text("kind") ?? throw new FormatException($"An object has no kind: {content}");
        Name = Text("metadata", "name") ?? throw new FormatException($"An object has no name: {content}");
    }

    /// <summary>All of it.</summary>
    public JsonObject Content { get; }

    public string ApiVersion { get; }

    public string Kind { get; }

    public string Name { get; }

    public string? Namespace => Text("metadata", "namespace");

    /// <summary>What the API server tells objects apart by.</summary>
    public string Identity => $"{ApiVersion}/{Kind} {Namespace}/{Name}";

    /// <summary>What a pod is made from, where the object makes pods.</summary>
    public JsonObject? PodSpec => Kind is "Deployment" or "StatefulSet" or "Job" ? At("spec", "template", "spec")?.AsObject() : null;

    /// <summary>The labels of the object itself.</summary>
    public IReadOnlyDictionary<string, string> Labels => LabelsAt("metadata", "labels");

    /// <summary>The objects of a text of YAML documents.</summary>
    public static IReadOnlyList<Manifest> ParseAll(string yaml)
    {
        var parser = new Parser(new StringReader(yaml));
        var manifests = new List<Manifest>();
        parser.Consume<StreamStart>();
        while (parser.Accept<DocumentStart>(out _))
        {
            if (ToJson(Deserializer.Deserialize(parser)) is JsonObject content)
            {
                manifests.Add(new Manifest(content));
            }
        }

        return manifests;
    }

    /// <summary>The value at a path of keys; null where there is none.</summary>
    public JsonNode? At(params ReadOnlySpan<string> path)
    {
        JsonNode? node = Content;
        foreach (var key in path)
        {
            node = (node as JsonObject)?[key];
        }

        return node;
    }

    /// <summary>The text at a path of keys; null where there is none.</summary>
    public string? Text(params ReadOnlySpan<string> path) => At(path)?.ToString();

    /// <summary>The map of texts at a path of keys; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> LabelsAt(params ReadOnlySpan<string> path) =>
        (At(path) as JsonObject ?? []).ToDictionary(label => label.Key, label => label.Value!.GetValue<string>());

    private static JsonNode? ToJson(object? value) => value switch
    {
        null => null,
        IDictionary<object, object?> map => new JsonObject(map.Select(entry => KeyValuePair.Create((string)entry.Key, ToJson(entry.Value)))),
        IEnumerable<object?> list => new JsonArray([.. list.Select(ToJson)]),
        string text => JsonValue.Create(text),
        bool truth => JsonValue.Create(truth),
        // All numbers in one form, so that equal ones are equal.
        IConvertible number => JsonNode.Parse(Convert.ToDecimal(number, null).ToString("0.############", System.Globalization.CultureInfo.InvariantCulture)),
        _ => throw new FormatException($"{value.GetType()} is not a value of YAML."),
    };
}
