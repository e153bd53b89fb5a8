using System.Text.Json.Nodes;
using Kafscale.Operator.Tests.ApiServer;

namespace Kafscale.Deploy.Tests;

/// <summary>
/// The rules in CEL of the definitions, by two evaluators that know nothing of each other: a library in another language, and that of
/// the operator's tests, which stands for the API server there. Both must give the verdict that is meant.
/// </summary>
public sealed class RuleTests
{
    private const string Cluster = "KafscaleCluster";
    private const string Topic = "KafscaleTopic";
    private const string Accepted = "";

    private static readonly Dictionary<string, CustomResourceSchema> SchemaOf =
        Definitions.All.ToDictionary(definition => definition.Text("spec", "names", "kind")!, definition => new CustomResourceSchema(definition));

    /// <summary>Kind, name, spec, spec of before or empty, and a part of the message or empty.</summary>
    public static TheoryData<string, string, string, string, string> Cases => new()
    {
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}}", "", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, endpoint: 'http://s3'}}", "", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb}}", "", "region or endpoint must be set" },
        { Cluster, "a23456789-123456789-123456789-123456789-", "{s3: {bucket: bbb, region: eu}}", "", "begins with a letter" },
        { Cluster, "a23456789-123456789-123456789-123456789a", "{s3: {bucket: bbb, region: eu}}", "", Accepted },
        { Cluster, "a23456789-123456789-123456789-123456789ab", "{s3: {bucket: bbb, region: eu}}", "", "at most 40 characters" },
        { Cluster, "1orders", "{s3: {bucket: bbb, region: eu}}", "", "begins with a letter" },
        { Cluster, "orders.eu", "{s3: {bucket: bbb, region: eu}}", "", "begins with a letter" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}}", "{s3: {bucket: bbb, region: us}}", Accepted },
        { Cluster, "orders", "{s3: {bucket: ccc, region: eu}}", "{s3: {bucket: bbb, region: eu}}", "bucket must not change" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu, namespace: n}}", "", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu, namespace: n}}", "{s3: {bucket: bbb, region: eu, namespace: n}}", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu, namespace: n}}", "{s3: {bucket: bbb, region: eu}}", "namespace must not change" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}}", "{s3: {bucket: bbb, region: eu, namespace: n}}", "namespace must not change" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu, namespace: n}}", "{s3: {bucket: bbb, region: eu, namespace: o}}", "namespace must not change" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu, readBucket: ccc, readRegion: us, readEndpoint: 'http://s3'}}", "", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu, readRegion: us}}", "", "need readBucket" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu, readEndpoint: 'http://s3'}}", "", "need readBucket" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, etcd: {endpoints: ['http://a:1']}}", "{s3: {bucket: bbb, region: eu}, etcd: {endpoints: ['http://b:1', 'http://c:1']}}", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, etcd: {endpoints: []}}", "{s3: {bucket: bbb, region: eu}, etcd: {}}", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, etcd: {endpoints: ['http://a:1']}}", "{s3: {bucket: bbb, region: eu}, etcd: {}}", "must not change, because the metadata do not move along" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, etcd: {}}", "{s3: {bucket: bbb, region: eu}, etcd: {endpoints: ['http://a:1']}}", "must not change, because the metadata do not move along" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {service: {type: NodePort, kafkaNodePort: 30001, metricsNodePort: 30002}}}", "", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {service: {type: ClusterIP, kafkaNodePort: 30001}}}", "", "need type NodePort or LoadBalancer" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {service: {type: ClusterIP, metricsNodePort: 30001}}}", "", "need type NodePort or LoadBalancer" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {service: {type: ClusterIP, externalTrafficPolicy: Local}}}", "", "need type NodePort or LoadBalancer" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {service: {type: LoadBalancer, loadBalancerIP: 10.0.0.1, loadBalancerSourceRanges: ['10.0.0.0/8'], externalTrafficPolicy: Local}}}", "", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {service: {type: NodePort, loadBalancerIP: 10.0.0.1}}}", "", "need type LoadBalancer" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {service: {type: NodePort, loadBalancerSourceRanges: ['10.0.0.0/8']}}}", "", "need type LoadBalancer" },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {service: {type: NodePort, loadBalancerSourceRanges: []}}}", "", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {autoscaling: {maxReplicas: 3}}}", "", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {autoscaling: {minReplicas: 3, maxReplicas: 3}}}", "", Accepted },
        { Cluster, "orders", "{s3: {bucket: bbb, region: eu}, brokers: {autoscaling: {minReplicas: 4, maxReplicas: 3}}}", "", "minReplicas must not be greater" },
        { Topic, "payments", "{clusterRef: orders, partitions: 3}", "", Accepted },
        { Topic, new string('p', 249), "{clusterRef: orders, partitions: 3}", "", Accepted },
        { Topic, new string('p', 250), "{clusterRef: orders, partitions: 3}", "", "at most 249 characters" },
        { Topic, "payments", "{clusterRef: orders, partitions: 3}", "{clusterRef: orders, partitions: 2}", Accepted },
        { Topic, "payments", "{clusterRef: orders, partitions: 2}", "{clusterRef: orders, partitions: 3}", "cannot become fewer" },
        { Topic, "payments", "{clusterRef: other, partitions: 3}", "{clusterRef: orders, partitions: 3}", "clusterRef must not change" },
        { Topic, "payments", "{clusterRef: orders, partitions: 3, retentionMs: 1, config: {retention.bytes: '1'}}", "", Accepted },
        { Topic, "payments", "{clusterRef: orders, partitions: 3, retentionMs: 1, config: {retention.ms: '1'}}", "", "retention.ms is set twice" },
        { Topic, "payments", "{clusterRef: orders, partitions: 3, retentionBytes: 1, config: {retention.bytes: '1'}}", "", "retention.bytes is set twice" },
    };

    [Fact]
    public async Task Both_evaluators_give_the_verdicts_that_are_meant()
    {
        foreach (var kind in (string[])[Cluster, Topic])
        {
            var schema = SchemaOf[kind];
            var cases = Cases.Select(row => row.Data).Where(row => row.Item1 == kind).ToList();
            var resources = cases.ConvertAll(row => (Value: Resource(kind, row.Item2, row.Item3), Old: row.Item4.Length == 0 ? null : Resource(kind, row.Item2, row.Item4)));
            var faults = await schema.FaultsByRulesAsync(resources);

            foreach (var ((row, (value, old)), found) in cases.Zip(resources).Zip(faults))
            {
                var ofStandIn = SchemaValidator.Validate(value.Content, old?.Content, schema.Published);
                Assert.Equal(found.Select(MessageOf).Order(), ofStandIn.Select(problem => MessageOf(problem.Replace("Invalid value: ", "", StringComparison.Ordinal))).Order());
                if (row.Item5 == Accepted)
                {
                    Assert.Empty(found);
                }
                else
                {
                    Assert.Contains(found, fault => fault.Contains(row.Item5, StringComparison.Ordinal));
                }
            }
        }
    }

    [Fact]
    public void Every_rule_refuses_something_here()
    {
        var messages = SchemaOf.SelectMany(schema => MessagesOf(schema.Value.Published)).ToList();

        Assert.All(messages, message => Assert.Contains(Cases, row => row.Data.Item5 != Accepted && message.Contains(row.Data.Item5, StringComparison.Ordinal)));
    }

    private static string MessageOf(string fault) => fault[(fault.IndexOf(": ", StringComparison.Ordinal) + 2)..];

    private static Manifest Resource(string kind, string name, string spec) =>
        Assert.Single(Manifest.ParseAll($"apiVersion: kafscale.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {spec}"));

    private static IEnumerable<string> MessagesOf(JsonNode? schema) => schema switch
    {
        JsonObject fields => (fields["x-kubernetes-validations"]?.AsArray() ?? []).Select(rule => (string)rule!["message"]!)
            .Concat(fields.Where(field => field.Key != "x-kubernetes-validations").SelectMany(field => MessagesOf(field.Value))),
        JsonArray list => list.SelectMany(MessagesOf),
        _ => [],
    };
}
