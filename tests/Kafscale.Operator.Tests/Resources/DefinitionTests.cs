using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kafscale.Operator.Resources;
using Kafscale.Operator.Tests.ApiServer;
using Kafscale.Operator.Tests.Scenarios;

namespace Kafscale.Operator.Tests.Resources;

public sealed class DefinitionTests
{
    public static TheoryData<string, string> RefusedClusters => new()
    {
        { "/spec/s3/bucket=other", "bucket must not change" },
        { "/spec/s3/namespace=other", "namespace must not change" },
        { "/spec/etcd/endpoints=[]", "must not change" },
        { "/spec/brokers/replicas=0", "out of range" },
        { "/spec/brokers/service={\"type\":\"ClusterIP\",\"kafkaNodePort\":30001}", "need type NodePort" },
        { "/spec/brokers/service={\"type\":\"NodePort\",\"loadBalancerIP\":\"10.0.0.1\"}", "need type LoadBalancer" },
        { "/spec/brokers/service={\"type\":\"Other\"}", "Unsupported value" },
        { "/spec/brokers/autoscaling={\"minReplicas\":5,\"maxReplicas\":3}", "minReplicas must not be greater" },
        { "/spec/s3/readRegion=eu-west-1", "need readBucket" },
        { "/spec/s3/endpoint=ftp://x", "should match" },
        { "/spec/config/cacheSize=much", "should match" },
        { "/spec/config/segmentBytes=1", "out of range" },
    };

    [Theory]
    [InlineData("kafscaleclusters", typeof(KafscaleCluster))]
    [InlineData("kafscaletopics", typeof(KafscaleTopic))]
    public void The_schema_and_the_types_have_the_same_fields(string plural, Type type) =>
        AssertSame(ClusterMachinery.TypeOf(plural).Schema!, type, type.Name);

    [Theory]
    [MemberData(nameof(RefusedClusters))]
    public async Task A_wrong_change_of_a_cluster_is_refused_with_the_reason(string change, string reason)
    {
        await using var playground = await Playground.StartAsync();
        playground.Apply("kafscaleclusters", Playground.Cluster());
        var cluster = Playground.Cluster();
        Set(cluster, change);

        var exception = Assert.Throws<ApiException>(() => playground.Apply("kafscaleclusters", cluster));

        Assert.Equal(422, exception.Code);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Orders")]
    [InlineData("1orders")]
    [InlineData("orders.eu")]
    [InlineData("a-name-that-is-longer-than-forty-characters")]
    public async Task A_name_that_cannot_be_that_of_services_is_refused(string name)
    {
        await using var playground = await Playground.StartAsync();

        Assert.Throws<ApiException>(() => playground.Apply("kafscaleclusters", Playground.Cluster(name)));
    }

    [Theory]
    [InlineData("/spec/partitions=2", "cannot become fewer")]
    [InlineData("/spec/clusterRef=other", "clusterRef must not change")]
    [InlineData("/spec/config={\"retention.ms\":\"1\"}", "retention.ms is set twice")]
    [InlineData("/spec/retentionMs=-2", "out of range")]
    public async Task A_wrong_change_of_a_topic_is_refused_with_the_reason(string change, string reason)
    {
        await using var playground = await Playground.StartAsync();
        playground.Apply("kafscaletopics", Playground.Topic("payments", 3, new JsonObject { ["retentionMs"] = 1 }));
        var topic = Playground.Topic("payments", 3, new JsonObject { ["retentionMs"] = 1 });
        Set(topic, change);

        var exception = Assert.Throws<ApiException>(() => playground.Apply("kafscaletopics", topic));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Defaults_are_filled_in_and_unknown_fields_are_dropped()
    {
        await using var playground = await Playground.StartAsync();
        var cluster = new JsonObject
        {
            ["metadata"] = new JsonObject { ["name"] = "orders" },
            ["spec"] = new JsonObject { ["s3"] = new JsonObject { ["bucket"] = "records", ["region"] = "eu-central-1", ["colour"] = "red" } },
        };

        playground.Apply("kafscaleclusters", cluster);

        var spec = playground.Find("kafscaleclusters", "orders")!["spec"]!;
        Assert.Equal(3, (int)spec["brokers"]!["replicas"]!);
        Assert.Equal("ClusterIP", (string?)spec["brokers"]!["service"]!["type"]);
        Assert.False((bool)spec["ui"]!["enabled"]!);
        Assert.Null(spec["s3"]!["colour"]);
    }

    private static void Set(JsonObject document, string change)
    {
        var (path, text) = (change[..change.IndexOf('=', StringComparison.Ordinal)].Split('/')[1..], change[(change.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        JsonNode value;
        try
        {
            value = JsonNode.Parse(text)!;
        }
        catch (JsonException)
        {
            value = text;
        }

        var holder = document;
        foreach (var part in path[..^1])
        {
            holder = (JsonObject)(holder[part] ??= new JsonObject());
        }

        holder[path[^1]] = value;
    }

    private static void AssertSame(JsonObject schema, Type type, string path)
    {
        if (type.IsGenericType && schema["items"] is JsonObject items)
        {
            AssertSame(items, type.GetGenericArguments()[0], path + "[]");
        }

        if (schema["properties"] is not JsonObject properties || type.Namespace == "k8s.Models")
        {
            return;
        }

        var fields = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).ToDictionary(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name));
        Assert.Equal(properties.Select(property => property.Key).Order(), fields.Keys.Order());
        foreach (var (name, property) in properties)
        {
            AssertSame((JsonObject)property!, Nullable.GetUnderlyingType(fields[name].PropertyType) ?? fields[name].PropertyType, $"{path}.{name}");
        }
    }
}
