using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Kafscale.Operator.Tests.ApiServer;
using Kafscale.Operator.Tests.Scenarios;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Operator.Tests.EndToEnd;

/// <summary>The executable as the operator, and behind its manifests real brokers, a real etcd and a real S3 server.</summary>
public sealed class RealProcessesTests
{
    private const string Clusters = "kafscaleclusters";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_cluster_comes_up_is_used_scaled_in_loses_its_metadata_and_goes_on()
    {
        await using var gateway = await RadosGateway.StartAsync();
        var bucket = await gateway.CreateBucketAsync();
        await using var server = await ApiServerStandIn.StartAsync();
        await using var kubelet = new ProcessKubelet(server);
        await using var machinery = ClusterMachinery.Start(server, kubelet);
        using var folder = new TemporaryFolder();
        await using var program = RunningProcess.Start(
            BrokerProcess.Executable,
            ["operator", "--image", "kafscale:1", "--kubeconfig", WriteKubeconfig(server, folder), "--http", "127.0.0.1:0", "--resync-sec", "2", "--etcd-snapshot-schedule", "* * * * *"],
            new Dictionary<string, string> { ["TMPDIR"] = folder.Path });
        var test = new Steps(server, kubelet, program);
        Apply(server, "secrets", Secret(gateway));
        Apply(server, Clusters, Cluster(bucket.Bucket, gateway, replicas: 3));
        Apply(server, "kafscaletopics", Playground.Topic("payments", 6, new JsonObject { ["retentionMs"] = 86_400_000 }));

        await test.BecomesAsync(() => test.Phase(Clusters, "orders") == "Ready" && test.Phase("kafscaletopics", "payments") == "Ready", "all is ready");
        var sent = await ProduceAsync(test.BootstrapServers, 0, 200);

        // Scaled in while somebody produces.
        Apply(server, Clusters, Cluster(bucket.Bucket, gateway, replicas: 2));
        while (test.BrokerPods.Count > 2)
        {
            sent = await ProduceAsync(test.BootstrapServers, sent, 100);
        }

        await test.BecomesAsync(() => test.Phase(Clusters, "orders") == "Ready", "the smaller cluster is ready");
        Assert.Equal([("orders-broker-2", 0, true)], kubelet.Stops);

        // Every member of etcd is lost with its volume.
        kubelet.LoseVolumes("orders-etcd-");
        await test.BecomesAsync(() => (string?)server.Store.Find(Playground.KeyOf("configmaps", "orders-etcd-restore"))?["data"]?["phase"] == "Done", "the metadata are restored");
        await test.BecomesAsync(() => test.Phase(Clusters, "orders") == "Ready" && test.BrokerPods.Count == 2, "brokers are back");
        sent = await ProduceAsync(test.BootstrapServers, sent, 100);
        Assert.Equal(Enumerable.Range(0, sent), Consume(test.BootstrapServers, sent).Order());

        await test.BecomesAsync(() => test.Reason("EtcdSnapshot") == "Published", "a snapshot is published");
        using var client = gateway.CreateClient();
        var objects = await client.ListObjectsV2Async(new Amazon.S3.Model.ListObjectsV2Request { BucketName = bucket.Bucket, Prefix = "etcd-snapshots/shop/orders/" });
        Assert.Contains(objects.S3Objects, found => found.Key.EndsWith(".db", StringComparison.Ordinal) && found.Size > 1000);
        Assert.Contains(objects.S3Objects, found => found.Key.EndsWith(".db.sha256", StringComparison.Ordinal));

        program.Send(Signal.Terminate);
        Assert.Equal(0, await program.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        Assert.Empty(server.Roles.Refused);
    }

    private static void Apply(ApiServerStandIn server, string plural, JsonObject wanted) => server.Store.Apply(
        ClusterMachinery.TypeOf(plural), Playground.KeyOf(plural, (string)wanted["metadata"]!["name"]!), wanted, "kubectl", isForced: true, isStatus: false);

    private static string WriteKubeconfig(ApiServerStandIn server, TemporaryFolder folder)
    {
        var file = folder.File("kubeconfig");
        File.WriteAllText(file, $$"""
            apiVersion: v1
            kind: Config
            current-context: test
            clusters: [{name: test, cluster: {server: "{{server.Address.AbsoluteUri}}" } }]
            users: [{name: test, user: {token: t} }]
            contexts: [{name: test, context: {cluster: test, user: test, namespace: system} }]
            """);
        return file;
    }

    private static JsonObject Secret(RadosGateway gateway) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = "s3", ["namespace"] = Playground.Namespace },
        ["data"] = new JsonObject
        {
            ["AWS_ACCESS_KEY_ID"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(gateway.Credentials.AccessKey)),
            ["AWS_SECRET_ACCESS_KEY"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(gateway.Credentials.SecretKey)),
        },
    };

    private static JsonObject Cluster(string bucket, RadosGateway gateway, int replicas)
    {
        var cluster = Playground.Cluster(isEtcdManaged: true, replicas: replicas);
        cluster["spec"]!["s3"] = new JsonObject { ["bucket"] = bucket, ["endpoint"] = gateway.Endpoint.AbsoluteUri, ["credentialsSecretRef"] = "s3" };
        cluster["spec"]!["config"] = new JsonObject { ["flushIntervalMs"] = 10 };
        return cluster;
    }

    private static async Task<int> ProduceAsync(string servers, int from, int count)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, EnableIdempotence = true, LingerMs = 2, MessageTimeoutMs = 60_000 }).Build();
        var results = await Task.WhenAll(Enumerable.Range(from, count).Select(number =>
            producer.ProduceAsync("payments", new Message<Null, string> { Value = number.ToString(CultureInfo.InvariantCulture) })));
        Assert.All(results, result => Assert.Equal(PersistenceStatus.Persisted, result.Status));
        return from + count;
    }

    private static List<int> Consume(string servers, int count)
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig { BootstrapServers = servers, GroupId = "reader", AutoOffsetReset = AutoOffsetReset.Earliest }).Build();
        consumer.Assign(Enumerable.Range(0, 6).Select(partition => new TopicPartitionOffset("payments", partition, Offset.Beginning)));
        var found = new List<int>();
        while (found.Count < count && consumer.Consume(TimeSpan.FromSeconds(20)) is { } record)
        {
            found.Add(int.Parse(record.Message.Value, CultureInfo.InvariantCulture));
        }

        return found;
    }

    private sealed class Steps(ApiServerStandIn server, ProcessKubelet kubelet, RunningProcess program)
    {
        public List<JsonObject> BrokerPods => [.. server.Store.List("", "pods").Where(pod => (string)pod["metadata"]!["labels"]!["app.kubernetes.io/component"]! == "broker")];

        public string BootstrapServers => string.Join(',', BrokerPods.Where(ClusterMachinery.IsReady).Select(pod => $"{pod["status"]!["podIP"]}:9092"));

        public string? Phase(string plural, string name) => (string?)server.Store.Find(Playground.KeyOf(plural, name))?["status"]?["phase"];

        public string? Reason(string type) => (string?)server.Store.Find(Playground.KeyOf(Clusters, "orders"))?["status"]?["conditions"]?.AsArray()
            .FirstOrDefault(condition => (string)condition!["type"]! == type)?["reason"];

        public Task BecomesAsync(Func<bool> condition, string expectation) => Eventually.HoldsAsync(
            () => program.HasExited ? throw new InvalidOperationException(program.Output) : Task.FromResult(condition()), Patience,
            () => $"{expectation}\n{server.Store.Find(Playground.KeyOf(Clusters, "orders"))?["status"]}\n{server.Store.Find(Playground.KeyOf("kafscaletopics", "payments"))?["status"]}\n"
                + $"{program.Output[Math.Max(0, program.Output.Length - 6000)..]}\n{kubelet.Output}");
    }
}
