namespace Kafscale.Operator.Tests.Scenarios;

public sealed class ApiServerTroubleTests
{
    private const string Clusters = "kafscaleclusters";

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
}
