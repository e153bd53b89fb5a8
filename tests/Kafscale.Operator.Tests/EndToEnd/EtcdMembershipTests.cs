using System.Text.Json.Nodes;
using k8s;
using Kafscale.Operator.Etcd;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Tests.ApiServer;
using Kafscale.Operator.Tests.Fakes;
using Kafscale.Operator.Tests.Scenarios;
using Kafscale.Testing;

namespace Kafscale.Operator.Tests.EndToEnd;

/// <summary>Real members of etcd behind the operator's manifests: they form it, lose their data, and get a new place in it. There are no brokers.</summary>
public sealed class EtcdMembershipTests
{
    private const string Lost = "orders-etcd-1";

    /// <summary>Where an operator can end.</summary>
    public enum Moment
    {
        BeforeRemove,
        AfterRemove,
        AfterAdd,
        AfterNote,
    }

    [Fact]
    public async Task A_member_that_has_lost_its_data_joins_as_a_new_one_and_nothing_is_lost()
    {
        await using var etcd = await Trial.StartAsync();
        await etcd.PutAsync("before");
        var before = await etcd.ListAsync();

        etcd.Kubelet.LoseVolumes(Lost);
        await etcd.BecomesAsync(() => etcd.HasEvent("EtcdMemberReplaced"), "the member is replaced");
        await etcd.PutAsync("meanwhile");
        await etcd.IsWholeAsync();

        var after = await etcd.ListAsync();
        Assert.Equal(before.Keys.Order(), after.Keys.Order());
        Assert.Equal([Lost], before.Keys.Where(name => before[name] != after[name]));
        Assert.Equal(1, etcd.CountEvents("EtcdMemberReplaced"));
        await etcd.HasOnAllMembersAsync("before", "meanwhile");

        // And once more: the id that is lost now is another one.
        etcd.Kubelet.LoseVolumes(Lost);
        await etcd.BecomesAsync(() => etcd.CountEvents("EtcdMemberReplaced") == 2, "the member is replaced again");
        await etcd.IsWholeAsync();
        await etcd.HasOnAllMembersAsync("before", "meanwhile");
    }

    [Theory]
    [InlineData(Moment.BeforeRemove)]
    [InlineData(Moment.AfterRemove)]
    [InlineData(Moment.AfterAdd)]
    [InlineData(Moment.AfterNote)]
    public async Task An_operator_that_ends_while_it_replaces_a_member_is_followed_by_one_that_goes_on(Moment moment)
    {
        await using var etcd = await Trial.StartAsync();
        await etcd.PutAsync("before");
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task EndHereAsync(CancellationToken cancellationToken)
        {
            reached.TrySetResult();
            return Task.Delay(Timeout.Infinite, cancellationToken);
        }

        etcd.Etcd.OnRemove = (isDone, token) => moment == (isDone ? Moment.AfterRemove : Moment.BeforeRemove) ? EndHereAsync(token) : Task.CompletedTask;
        etcd.Etcd.OnAdded = token => moment == Moment.AfterAdd ? EndHereAsync(token) : Task.CompletedTask;
        etcd.Server.After = request =>
        {
            var isNote = moment == Moment.AfterNote && request is { Method: "PATCH", Key: { Plural: "pods", Name: Lost } };
            if (isNote)
            {
                reached.TrySetResult();
            }

            return Task.FromResult(!isNote);
        };
        etcd.Kubelet.LoseVolumes(Lost);
        await reached.Task.WaitAsync(Trial.Patience, TestContext.Current.CancellationToken);
        await etcd.StopOperatorAsync();
        // What is left of a quorum goes on meanwhile.
        await etcd.PutAsync("meanwhile");
        (etcd.Etcd.OnRemove, etcd.Etcd.OnAdded, etcd.Server.After) = (null, null, null);

        etcd.StartOperator();
        await etcd.IsWholeAsync();

        await etcd.HasOnAllMembersAsync("before", "meanwhile");
        Assert.Equal(3, (await etcd.ListAsync()).Count);
    }

    [Fact]
    public async Task Without_a_quorum_of_others_nothing_is_replaced_and_where_all_is_lost_they_form_a_new_one()
    {
        await using var etcd = await Trial.StartAsync();
        await etcd.PutAsync("before");

        etcd.Kubelet.LoseVolumes("orders-etcd-1");
        etcd.Kubelet.LoseVolumes("orders-etcd-2");
        await etcd.BecomesAsync(
            () => ((string?)etcd.Condition?["message"])?.Contains("2 members answer and agree on a leader", StringComparison.Ordinal) == true, "the status says what is waited for");
        Assert.Equal(0, etcd.Etcd.Removed);
        Assert.Equal("existing", etcd.StartState);

        etcd.Kubelet.LoseVolumes("orders-etcd-0");
        await etcd.BecomesAsync(() => etcd.HasEvent("EtcdEmpty"), "a new one is formed");
        await etcd.IsWholeAsync();
        Assert.Equal(0, etcd.Etcd.Removed);
    }

    [Fact]
    public async Task A_member_that_comes_back_with_its_data_is_left_alone()
    {
        await using var etcd = await Trial.StartAsync();
        var before = await etcd.ListAsync();

        etcd.Delete(Lost);
        await etcd.BecomesAsync(() => etcd.Members < 3, "it is away");
        await etcd.IsWholeAsync();

        Assert.Equal(before, await etcd.ListAsync());
        Assert.Equal(0, etcd.Etcd.Removed);
    }

    [Fact]
    public async Task Members_over_a_bucket_that_holds_a_cluster_say_first_that_they_have_no_data()
    {
        await using var etcd = await Trial.StartAsync(bucketHoldsCluster: null);

        Assert.True(etcd.HasEvent("EtcdEmpty"));
    }

    /// <summary>An operator, an API server and processes of etcd.</summary>
    private sealed class Trial : IAsyncDisposable
    {
        public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private static readonly TimeSpan ToolTimeout = TimeSpan.FromSeconds(20);

        private readonly List<IKubernetes> _clients = [];
        private readonly FakeWorld _world = new();
        private readonly RecordedLogs _logs = new();
        private OperatorHost? _operator;

        private Trial(ApiServerStandIn server)
        {
            Server = server;
            Kubelet = new ProcessKubelet(server);
            Machinery = ClusterMachinery.Start(server, Kubelet);
            Etcd = new ResolvingEtcd(
                new EtcdAdministration(TimeProvider.System, new Random(1)), Kubelet,
                [.. Enumerable.Range(0, 3).Select(member => $"http://orders-etcd-{member}.orders-etcd.{Playground.Namespace}.svc:2380")]);
        }

        public ApiServerStandIn Server { get; }

        public ProcessKubelet Kubelet { get; }

        public ResolvingEtcd Etcd { get; }

        public JsonNode? Condition => Server.Store.Find(Playground.KeyOf("kafscaleclusters", "orders"))?["status"]?["conditions"]?.AsArray()
            .FirstOrDefault(condition => (string)condition!["type"]! == "EtcdAvailable");

        public string? StartState => (string?)Server.Store.Find(Playground.KeyOf("configmaps", "orders-etcd-start"))?["data"]?["initial-cluster-state"];

        /// <summary>How many members are ready.</summary>
        public int Members => Pods.Count(ClusterMachinery.IsReady);

        private ClusterMachinery Machinery { get; }

        private List<JsonObject> Pods => Server.Store.List("", "pods");

        private string Endpoints => string.Join(',', Pods.Where(ClusterMachinery.IsReady).Select(pod => $"http://{pod["status"]!["podIP"]}:2379"));

        /// <summary>Starts it, and waits until etcd is formed.</summary>
        /// <param name="bucketHoldsCluster">What the bucket, which cannot be used by brokers, says.</param>
        public static async Task<Trial> StartAsync(bool? bucketHoldsCluster = false)
        {
            var trial = new Trial(await ApiServerStandIn.StartAsync());
            try
            {
                // So no broker is ever started.
                trial._world.BucketTrouble = new BucketLook("There is no bucket for brokers here.", "BucketMissing", bucketHoldsCluster);
                var cluster = Playground.Cluster(isEtcdManaged: true);
                cluster["spec"]!["s3"]!.AsObject().Remove("credentialsSecretRef");
                trial.Server.Store.Apply(
                    ClusterMachinery.TypeOf("kafscaleclusters"), Playground.KeyOf("kafscaleclusters", "orders"), cluster, "kubectl", isForced: true, isStatus: false);
                trial.StartOperator();
                await trial.IsWholeAsync();
                return trial;
            }
            catch
            {
                await trial.DisposeAsync();
                throw;
            }
        }

        public void StartOperator()
        {
            var client = Server.CreateClient($"operator-{_clients.Count + 1}");
            _clients.Add(client);
            var options = new OperatorOptions
            {
                Image = "kafscale:1",
                // The Lease of a process that was killed runs out first; that takes its time and is another test's.
                LeaderKey = new NamespacedName(OperatorRoles.Namespace, $"lease-{_clients.Count}"),
                Resync = TimeSpan.FromSeconds(1),
                LeaseDuration = TimeSpan.FromSeconds(2),
            };
            _operator = new OperatorHost(client, options, new OperatorOutside(_world, Etcd, _world, _world), "test", TimeProvider.System, new Random(1), _logs);
            _operator.Start();
        }

        public async Task StopOperatorAsync()
        {
            var host = _operator!;
            _operator = null;
            await host.DisposeAsync();
        }

        public void Delete(string pod) => Server.Store.Delete(Playground.KeyOf("pods", pod), null, isGraceful: true);

        public bool HasEvent(string reason) => CountEvents(reason) > 0;

        public int CountEvents(string reason) => Server.Store.List("", "events").Count(found => (string?)found["reason"] == reason);

        /// <summary>Writes a key as any client does: where there is just no leader, it tries again.</summary>
        public async Task PutAsync(string key)
        {
            var failure = "";
            await Eventually.HoldsAsync(
                async () =>
                {
                    try
                    {
                        await RunAsync("--endpoints", Endpoints, "put", key, key);
                        return true;
                    }
                    catch (InvalidOperationException e)
                    {
                        failure = e.Message;
                        return false;
                    }
                },
                Patience,
                () => failure);
        }

        public async Task HasOnAllMembersAsync(params string[] keys)
        {
            foreach (var endpoint in Endpoints.Split(','))
            {
                foreach (var key in keys)
                {
                    Assert.Equal($"{key}\n{key}", (await RunAsync("--endpoints", endpoint, "get", "--consistency=s", key)).Trim());
                }
            }
        }

        /// <summary>The ids of members by their names.</summary>
        public async Task<Dictionary<string, ulong>> ListAsync() =>
            (await Etcd.ListMembersAsync(new Uri(Endpoints.Split(',')[0]), TestContext.Current.CancellationToken)).ToDictionary(member => member.Name, member => member.Id);

        public async Task IsWholeAsync() => await BecomesAsync(
            () => Members == 3 && StartState == "existing" && (string?)Condition?["reason"] == "Available"
                && Pods.TrueForAll(pod => pod["metadata"]!["annotations"]?[EtcdManifests.JoinAnnotation] is null),
            "all members are there");

        public Task BecomesAsync(Func<bool> condition, string expectation) => Eventually.HoldsAsync(
            () => Task.FromResult(condition()), Patience,
            () => $"{expectation}\n{Condition}\n{string.Join('\n', Pods.Select(pod => pod["status"]?.ToJsonString()))}\n{string.Join('\n', _logs.Lines)}\n{Kubelet.Output}");

        public async ValueTask DisposeAsync()
        {
            if (_operator is not null)
            {
                await StopOperatorAsync();
            }

            await Machinery.DisposeAsync();
            await Kubelet.DisposeAsync();
            await Server.DisposeAsync();
            _clients.ForEach(client => client.Dispose());
            Assert.Empty(Server.Roles.Refused);
        }

        private static async Task<string> RunAsync(params string[] arguments)
        {
            var (exitCode, output) = await RunningProcess.RunAsync("etcdctl", arguments, ToolTimeout, new Dictionary<string, string> { ["ETCDCTL_API"] = "3" });
            return exitCode == 0 ? output : throw new InvalidOperationException(output);
        }
    }
}
