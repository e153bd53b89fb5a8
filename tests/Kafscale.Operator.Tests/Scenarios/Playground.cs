using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Resources;
using Kafscale.Operator.Tests.ApiServer;
using Kafscale.Operator.Tests.Fakes;
using Kafscale.Testing;

namespace Kafscale.Operator.Tests.Scenarios;

/// <summary>A Kubernetes cluster that is none, with operators in it.</summary>
internal sealed class Playground : IAsyncDisposable
{
    public const string Namespace = "shop";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<OperatorHost> _operators = [];
    private readonly List<IKubernetes> _clients = [];

    private Playground(ApiServerStandIn server)
    {
        Server = server;
        Kubelet = new FakeKubelet(server, World);
        Machinery = ClusterMachinery.Start(server, Kubelet);
        var client = server.CreateClient(ApiServerStandIn.TestClient);
        _clients.Add(client);
        Objects = new KubernetesObjects(client);
    }

    public ApiServerStandIn Server { get; }

    public FakeWorld World { get; } = new();

    public RecordedLogs Logs { get; } = new();

    public FakeKubelet Kubelet { get; }

    public ClusterMachinery Machinery { get; }

    /// <summary>What tests themselves ask of the server.</summary>
    public KubernetesObjects Objects { get; }

    public OperatorOptions Options { get; set; } = new()
    {
        Image = "kafscale:1",
        LeaderKey = new NamespacedName(OperatorRoles.Namespace, "kafscale-operator"),
        Resync = TimeSpan.FromMilliseconds(500),
        LeaseDuration = TimeSpan.FromSeconds(2),
        Etcd = new Etcd.EtcdSettings { MaintenanceSchedule = Cronos.CronExpression.Parse("0 0 1 1 *"), MaintenanceCheckSchedule = Cronos.CronExpression.Parse("0 0 1 1 *") },
        Snapshots = new Etcd.SnapshotSettings { Schedule = Cronos.CronExpression.Parse("0 0 1 1 *") },
    };

    public static async Task<Playground> StartAsync() => new(await ApiServerStandIn.StartAsync());

    public OperatorHost StartOperator(string name = "operator-1", TimeProvider? timeProvider = null)
    {
        var client = Server.CreateClient(name);
        _clients.Add(client);
        var host = new OperatorHost(
            client, Options, new OperatorOutside(World, World, World, World), name, timeProvider ?? TimeProvider.System, new Random(1), Logs);
        _operators.Add(host);
        host.Start();
        return host;
    }

    public async Task StopOperatorAsync(OperatorHost host)
    {
        _operators.Remove(host);
        await host.DisposeAsync();
    }

    /// <summary>A cluster's resource as somebody writes it.</summary>
    public static JsonObject Cluster(string name = "orders", bool isEtcdManaged = false, int replicas = 3) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace },
        ["spec"] = new JsonObject
        {
            ["brokers"] = new JsonObject { ["replicas"] = replicas },
            ["s3"] = new JsonObject { ["bucket"] = "records", ["region"] = "eu-central-1", ["credentialsSecretRef"] = "s3" },
            ["etcd"] = isEtcdManaged ? new JsonObject() : new JsonObject { ["endpoints"] = new JsonArray("http://etcd.example:2379") },
        },
    };

    public static JsonObject Topic(string name, int partitions, JsonObject? more = null)
    {
        var spec = more ?? [];
        (spec["clusterRef"], spec["partitions"]) = ("orders", partitions);
        return new JsonObject { ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace }, ["spec"] = spec };
    }

    /// <summary>As <c>kubectl apply --server-side</c>.</summary>
    public void Apply(string plural, JsonObject wanted) => Server.Store.Apply(
        ClusterMachinery.TypeOf(plural), KeyOf(plural, (string)wanted["metadata"]!["name"]!), wanted, "kubectl", isForced: true, isStatus: false);

    public void ApplySecret(string secret = "right") => Apply("secrets", new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = "s3", ["namespace"] = Namespace },
        ["data"] = new JsonObject
        {
            ["KAFSCALE_S3_ACCESS_KEY"] = Convert.ToBase64String("access"u8),
            ["KAFSCALE_S3_SECRET_KEY"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(secret)),
        },
    });

    public void Delete(string plural, string name) => Server.Store.Delete(KeyOf(plural, name), null, isGraceful: plural == "pods");

    public static ObjectKey KeyOf(string plural, string name) => new(ClusterMachinery.TypeOf(plural).Group, plural, Namespace, name);

    public JsonObject? Find(string plural, string name) => Server.Store.Find(KeyOf(plural, name));

    public string? Phase(string plural, string name) => (string?)Find(plural, name)?["status"]?["phase"];

    public JsonNode? Condition(string plural, string name, string type) =>
        Find(plural, name)?["status"]?["conditions"]?.AsArray().FirstOrDefault(condition => (string)condition!["type"]! == type);

    public Task BecomesAsync(Func<bool> condition, Func<string>? expectation = null) => Eventually.HoldsAsync(
        () => Task.FromResult(condition()), Patience, () => $"{expectation?.Invoke()}\n{Describe()}");

    public Task IsReadyAsync(string name = "orders") => BecomesAsync(() => Phase("kafscaleclusters", name) == "Ready", () => $"{name} is ready");

    /// <summary>Waits until the operator has looked again, some times, and has written nothing.</summary>
    public async Task<IReadOnlyList<ApiRequest>> WritesOfIdleOperatorAsync()
    {
        await SettlesAsync();
        var writes = WritesOfOperators().Count;
        var reads = 0;
        Server.Before = request =>
        {
            if (request is { Method: "GET", Key.Plural: "kafscaleclusters", Key.Name.Length: > 0 })
            {
                Interlocked.Increment(ref reads);
            }

            return Task.FromResult<int?>(null);
        };
        await BecomesAsync(() => Volatile.Read(ref reads) > 8);
        Server.Before = null;
        return [.. WritesOfOperators().Skip(writes)];
    }

    public List<ApiRequest> WritesOfOperators() =>
        [.. Server.Writes.Where(write => write.Client.StartsWith("operator", StringComparison.Ordinal) && write.Key.Plural != "leases")];

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _operators)
        {
            await host.DisposeAsync();
        }

        await Machinery.DisposeAsync();
        await Server.DisposeAsync();
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        Assert.Empty(Server.Roles.Refused);
    }

    /// <summary>The children of a cluster without what differs from one making to another.</summary>
    public SortedDictionary<string, string> Children()
    {
        var children = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var type in ResourceTypes.All.Where(type => type.Plural is "statefulsets" or "services" or "poddisruptionbudgets" or "deployments" or "horizontalpodautoscalers"))
        {
            foreach (var child in Server.Store.List(type.Group, type.Plural))
            {
                child.Remove("status");
                var metadata = child["metadata"]!.AsObject();
                foreach (var field in (string[])["uid", "resourceVersion", "generation", "creationTimestamp", "ownerReferences", "annotations"])
                {
                    metadata.Remove(field);
                }

                children.Add($"{type.Plural}/{metadata["name"]}", child.ToJsonString());
            }
        }

        return children;
    }

    private Task SettlesAsync()
    {
        var last = -1L;
        var since = DateTime.UtcNow;
        return BecomesAsync(() =>
        {
            var writes = WritesOfOperators().Count;
            if (writes != last)
            {
                (last, since) = (writes, DateTime.UtcNow);
            }

            return DateTime.UtcNow - since > TimeSpan.FromMilliseconds(1200);
        });
    }

    private string Describe() => $"{Machinery.Running.Exception}\n" + string.Join('\n', Server.Store.List(KafscaleApi.Group, "kafscaleclusters").Concat(Server.Store.List(KafscaleApi.Group, "kafscaletopics"))
        .Select(found => $"{found["metadata"]!["name"]}: {found["status"]?.ToJsonString()}")
        .Concat(Server.Store.List("", "pods").Select(pod => $"pod {pod["metadata"]!["name"]}: {pod["status"]?.ToJsonString()}"))
        .Concat(WritesOfOperators().TakeLast(15).Select(write => write.ToString()))
        .Concat(Logs.Lines));
}
