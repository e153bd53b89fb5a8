using System.Text.Json.Nodes;

namespace Kafscale.Deploy.Tests;

/// <summary><c>values.schema.json</c>, by which Helm judges values before it renders.</summary>
public sealed class ChartValuesTests
{
    private static readonly JsonNode Schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Chart.Folder, "values.schema.json")))!;

    private static readonly (string Values, string Place)[] WrongValues =
    [
        ("operator: {replica: 2}", "/operator/replica"),
        ("operators: {replicas: 2}", "/operators"),
        ("operator: {replicas: -1}", "/operator/replicas"),
        ("operator: {replicas: two}", "/operator/replicas"),
        ("operator: {log: {level: loud}}", "/operator/log/level"),
        ("operator: {podDisruptionBudget: {maxUnavailable: 0}}", "/operator/podDisruptionBudget/maxUnavailable"),
        ("operator: {resources: {limit: {memory: 1Gi}}}", "/operator/resources/limit"),
        ("operator: {resources: {limits: {memory: 1 GB}}}", "/operator/resources/limits/memory"),
        ("operator: {podLabels: {'a b': c}}", "/operator/podLabels"),
        ("operator: {extraEnv: [{value: a}]}", "/operator/extraEnv/0/name"),
        ("image: {repository: ''}", "/image/repository"),
        ("image: {tag: latest}", "/image/tag"),
        ("image: {tag: 1.0}", "/image/tag"),
        ("image: {digest: 'sha256:abc'}", "/image/digest"),
        ("image: {pullPolicy: Sometimes}", "/image/pullPolicy"),
        ("image: {pullSecrets: [registry]}", "/image/pullSecrets/0"),
        ("watch: {namespaces: [blue]}", "/watch/namespaces"),
        ("watch: {namespace: '*'}", "/watch/namespace"),
        ("watch: {clusterWide: 'yes'}", "/watch/clusterWide"),
        ("etcd: {endpoints: 'etcd:2379'}", "/etcd/endpoints"),
        ("etcd: {image: 'etcd:latest'}", "/etcd/image"),
        ("etcd: {replicas: 2}", "/etcd/replicas"),
        ("etcd: {storage: {size: big}}", "/etcd/storage/size"),
        ("etcd: {quotaBackend: 4GiB}", "/etcd/quotaBackend"),
        ("etcd: {autoCompaction: {mode: never}}", "/etcd/autoCompaction/mode"),
        ("etcd: {maintenance: {sizeThresholdPercent: 200}}", "/etcd/maintenance/sizeThresholdPercent"),
        ("etcd: {snapshot: {bucket: A_B}}", "/etcd/snapshot/bucket"),
        ("etcd: {snapshot: {schedule: hourly}}", "/etcd/snapshot/schedule"),
        ("console: {enabled: true}", "/console/bootstrapServer"),
        ("console: {bootstrapServer: broker}", "/console/bootstrapServer"),
        ("console: {service: {type: External}}", "/console/service/type"),
        ("console: {service: {port: 0}}", "/console/service/port"),
        ("monitoring: {serviceMonitor: {interval: 30}}", "/monitoring/serviceMonitor/interval"),
        ("networkPolicy: {metricsFrom: [{}]}", "/networkPolicy/metricsFrom/0"),
        ("networkPolicy: {clientsFrom: [{namespace: blue}]}", "/networkPolicy/clientsFrom/0/namespace"),
    ];

    [Fact]
    public async Task Good_values_are_accepted()
    {
        var renderings = await Task.WhenAll(ValueSets.Names.Select(values => Chart.RenderAsync(ValueSets.Of(values))));

        Assert.All(await Schemas.FaultsOfValuesAsync(Schema, renderings.Select(rendering => rendering.Values)), Assert.Empty);
    }

    [Fact]
    public async Task Wrong_values_are_refused_where_they_are()
    {
        // What the schema refuses is not rendered, and need not be: merging alone counts here.
        var merged = await Task.WhenAll(WrongValues.Select(wrong => Chart.RenderAsync(wrong.Values, "-only", "no template")));

        var faults = await Schemas.FaultsOfValuesAsync(Schema, merged.Select(rendering => rendering.Values));
        Assert.All(WrongValues.Zip(faults), pair => Assert.Contains(
            pair.Second, fault => fault.StartsWith($"{pair.First.Place}:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Every_value_is_described_and_every_described_one_has_a_default()
    {
        var rendering = await Chart.RenderAsync();

        Assert.Equal(PathsOf(Schema, Schema).Where(path => path != "/global"), PathsOf(rendering.Values));
    }

    // The places of all values that are no maps of a fixed form.
    private static IEnumerable<string> PathsOf(JsonNode? value, string at = "") =>
        value is JsonObject { Count: > 0 } map && !IsFree(at)
            ? map.OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => PathsOf(entry.Value, $"{at}/{entry.Key}"))
            : [at];

    private static IEnumerable<string> PathsOf(JsonNode schema, JsonNode root, string at = "")
    {
        var resolved = schema["$ref"] is { } reference ? root["definitions"]![reference.GetValue<string>().Split('/')[^1]]! : schema;
        return resolved["properties"] is JsonObject properties && !IsFree(at)
            ? properties.OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => PathsOf(entry.Value!, root, $"{at}/{entry.Key}"))
            : [at];
    }

    private static bool IsFree(string path) => path.EndsWith("/resources", StringComparison.Ordinal);
}
