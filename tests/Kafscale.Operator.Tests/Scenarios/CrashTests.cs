using System.Text.Json.Nodes;
using Kafscale.Operator.Kubernetes;

namespace Kafscale.Operator.Tests.Scenarios;

/// <summary>The operator ends right after one of its writes, whose answer it never gets, and another one goes on: after the first write, after the second, and so on.</summary>
public sealed class CrashTests
{
    private const string Clusters = "kafscaleclusters";
    private const string Topics = "kafscaletopics";
    private const int ParallelRuns = 6;

    [Fact]
    public Task A_cluster_gets_where_it_would_have_got() => GetsThereAfterAnyCrashAsync(
        _ => { },
        async playground =>
        {
            await playground.BecomesAsync(() => playground.World.BrokersRunning == 3);
            await playground.IsReadyAsync();
            var changed = Playground.Cluster(isEtcdManaged: true, replicas: 4);
            changed["spec"]!["brokers"]!["image"] = new JsonObject { ["tag"] = "2" };
            playground.Apply(Clusters, changed);
            await playground.BecomesAsync(() => playground.World.BrokersRunning == 4
                && playground.Server.Store.List("", "pods").Count(pod => (string)pod["spec"]!["containers"]![0]!["image"]! == "kafscale:2") == 4);
            await playground.IsReadyAsync();
            var smaller = (JsonObject)changed.DeepClone();
            smaller["spec"]!["brokers"]!["replicas"] = 2;
            playground.Apply(Clusters, smaller);
            await playground.BecomesAsync(() => playground.World.BrokersRunning == 2);
            await playground.IsReadyAsync();
        },
        playground => Assert.All(playground.World.Gone, gone => Assert.EndsWith(" drained", gone, StringComparison.Ordinal)));

    [Fact]
    public Task Lost_metadata_are_made_anew_exactly_once() => GetsThereAfterAnyCrashAsync(
        playground => playground.World.BucketHoldsCluster = true,
        playground => playground.IsReadyAsync(),
        playground =>
        {
            Assert.Single(playground.World.Rebuilds);
            Assert.Equal(0, playground.World.BrokersDuringRebuild);
        });

    [Fact]
    public Task A_topic_is_known_for_what_it_is() => GetsThereAfterAnyCrashAsync(
        playground =>
        {
            playground.World.MakeTopic("refunds", 2);
            playground.Apply(Topics, Playground.Topic("payments", 3, new JsonObject { ["retentionMs"] = 1000, ["config"] = new JsonObject { ["max.message.bytes"] = "2048" } }));
            playground.Apply(Topics, Playground.Topic("refunds", 5));
        },
        async playground =>
        {
            await playground.IsReadyAsync();
            await playground.BecomesAsync(() => playground.Phase(Topics, "payments") == "Ready" && playground.Phase(Topics, "refunds") == "Conflict");
            playground.Apply(Topics, Playground.Topic("payments", 4));
            await playground.BecomesAsync(() => playground.World.Topics["payments"] is { Partitions.Count: 4, Config.Count: 0 });
            playground.Delete(Topics, "payments");
            playground.Delete(Topics, "refunds");
            await playground.BecomesAsync(() => playground.Server.Store.List("kafscale.io", Topics).Count == 0);
        },
        playground => Assert.Equal(["refunds"], playground.World.Topics.Keys));

    private static async Task GetsThereAfterAnyCrashAsync(Action<Playground> prepare, Func<Playground, Task> takeSteps, Action<Playground> check)
    {
        var (undisturbed, writes) = await RunAsync(int.MaxValue, prepare, takeSteps, check);
        Assert.InRange(writes, 12, 100);
        var next = 0;

        await Task.WhenAll(Enumerable.Range(0, ParallelRuns).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var crashAfter && crashAfter <= writes)
            {
                var (children, _) = await RunAsync(crashAfter, prepare, takeSteps, check);
                Assert.Equal(undisturbed, children);
            }
        }));
    }

    private static async Task<(SortedDictionary<string, string> Children, int Writes)> RunAsync(
        int crashAfter, Action<Playground> prepare, Func<Playground, Task> takeSteps, Action<Playground> check)
    {
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster(isEtcdManaged: true));
        prepare(playground);
        var writes = 0;
        var crashed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isDead = false;
        playground.Server.Before = request => Task.FromResult<int?>(Volatile.Read(ref isDead) && request.Client == "operator-1" ? 503 : null);
        playground.Server.After = request =>
        {
            if (request is not { IsWrite: true, Client: "operator-1", Key.Plural: not "leases" } || Interlocked.Increment(ref writes) != crashAfter)
            {
                return Task.FromResult(true);
            }

            Volatile.Write(ref isDead, true);
            crashed.TrySetResult();
            return Task.FromResult(false);
        };
        var first = playground.StartOperator("operator-1");
        var steps = takeSteps(playground);
        if (await Task.WhenAny(crashed.Task, steps) == crashed.Task)
        {
            await playground.StopOperatorAsync(first);
            // The Lease of a process that was killed runs out first; that takes its time and is another test's.
            playground.Options = playground.Options with { LeaderKey = new NamespacedName(ApiServer.OperatorRoles.Namespace, "next") };
            playground.StartOperator("operator-2");
        }

        await steps;
        check(playground);
        return (playground.Children(), writes);
    }
}
