using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Tests.ApiServer;

namespace Kafscale.Operator.Tests.Scenarios;

public sealed class ApiServerTroubleTests
{
    private const string Clusters = "kafscaleclusters";
    private const int ParallelRuns = 6;

    [Fact]
    public async Task An_operator_that_ends_after_any_of_its_writes_is_followed_by_one_that_gets_there_all_the_same()
    {
        var (undisturbed, writes) = await RunAsync(crashAfter: int.MaxValue);
        Assert.InRange(writes, 12, 80);
        var next = 0;

        await Task.WhenAll(Enumerable.Range(0, ParallelRuns).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var crashAfter && crashAfter <= writes)
            {
                var (children, _) = await RunAsync(crashAfter);
                Assert.Equal(undisturbed, children);
            }
        }));
    }

    [Fact]
    public async Task Of_two_operators_one_works_and_the_other_takes_over()
    {
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster());
        var first = playground.StartOperator("operator-1");
        await playground.IsReadyAsync();
        playground.StartOperator("operator-2");
        await playground.WritesOfIdleOperatorAsync();
        Assert.DoesNotContain(playground.WritesOfOperators(), write => write.Client == "operator-2");

        await playground.StopOperatorAsync(first);
        playground.Apply(Clusters, Playground.Cluster(replicas: 4));
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 4);

        Assert.Contains(playground.WritesOfOperators(), write => write.Client == "operator-2");
    }

    [Fact]
    public async Task An_API_server_that_is_away_and_then_slow_is_waited_for()
    {
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster());
        playground.StartOperator();
        await playground.IsReadyAsync();

        var refused = 0;
        playground.Server.Before = request => Task.FromResult<int?>(request.Client.StartsWith("operator", StringComparison.Ordinal) && Interlocked.Increment(ref refused) < 60 ? 503 : null);
        playground.Server.EndWatches();
        playground.Apply(Clusters, Playground.Cluster(replicas: 4));
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 4);
        playground.Server.Before = async _ =>
        {
            await Task.Delay(Random.Shared.Next(5, 60));
            return null;
        };
        playground.Apply(Clusters, Playground.Cluster(replicas: 2));
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 2);

        Assert.All(playground.World.Gone, gone => Assert.EndsWith(" drained", gone, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_happened_while_the_server_forgot_the_past_is_noticed()
    {
        await using var playground = await Playground.StartAsync();
        playground.Options = playground.Options with { Resync = TimeSpan.FromHours(1) };
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster());
        playground.StartOperator();
        await playground.IsReadyAsync();

        for (var replicas = 4; replicas <= 6; replicas++)
        {
            playground.Server.Before = request => Task.FromResult<int?>(request is { Method: "GET", Key.Name.Length: 0 } ? 500 : null);
            playground.Server.EndWatches();
            playground.Apply(Clusters, Playground.Cluster(replicas: replicas));
            playground.Server.Store.Compact();
            playground.Server.Before = null;
            await playground.BecomesAsync(() => playground.World.BrokersRunning == replicas);
        }
    }

    private static async Task<(SortedDictionary<string, string> Children, int Writes)> RunAsync(int crashAfter)
    {
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster(isEtcdManaged: true));
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
        var steps = TakeStepsAsync(playground);
        if (await Task.WhenAny(crashed.Task, steps) == crashed.Task)
        {
            await playground.StopOperatorAsync(first);
            playground.Options = playground.Options with { LeaderKey = new NamespacedName("system", "next") };
            playground.StartOperator("operator-2");
        }

        await steps;
        Assert.All(playground.World.Gone, gone => Assert.EndsWith(" drained", gone, StringComparison.Ordinal));
        return (playground.Children(), writes);
    }

    // Everything once: made, made larger, another image, made smaller.
    private static async Task TakeStepsAsync(Playground playground)
    {
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 3);
        await playground.IsReadyAsync();
        var changed = Playground.Cluster(isEtcdManaged: true, replicas: 4);
        changed["spec"]!["brokers"]!["image"] = new System.Text.Json.Nodes.JsonObject { ["tag"] = "2" };
        playground.Apply(Clusters, changed);
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 4
            && playground.Server.Store.List("", "pods").Count(pod => (string)pod["spec"]!["containers"]![0]!["image"]! == "kafscale:2") == 4);
        await playground.IsReadyAsync();
        var smaller = (System.Text.Json.Nodes.JsonObject)changed.DeepClone();
        smaller["spec"]!["brokers"]!["replicas"] = 2;
        playground.Apply(Clusters, smaller);
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 2);
        await playground.IsReadyAsync();
    }
}
