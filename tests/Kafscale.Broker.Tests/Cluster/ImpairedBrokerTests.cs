using Kafscale.Broker.Control;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Storage.Health;

namespace Kafscale.Broker.Tests.Cluster;

/// <summary>Brokers that lose the object store, alone or together.</summary>
public sealed class ImpairedBrokerTests : IAsyncDisposable
{
    private const int Partitions = 6;

    private static readonly ControllerOptions Patience = new()
    {
        LoadInterval = TimeSpan.FromMilliseconds(20),
        StoreLossPatience = TimeSpan.FromMilliseconds(50),
        StoreRecoveryPatience = TimeSpan.FromMilliseconds(300),
    };

    // In which what is not to happen would.
    private static readonly TimeSpan LongEnough = 2 * Patience.StoreRecoveryPatience;

    private readonly TestCluster _cluster = new();
    private readonly List<TestBroker> _brokers = [];

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_broker_that_alone_has_lost_the_store_lets_the_others_lead_until_it_has_it_again()
    {
        await StartAsync();
        await LeaderOf(0).MustProduceAsync("orders", 0, Batches.Of("before"));
        var impaired = LeaderOf(0);

        impaired.Faults.FailBefore(StoreOperation.ObjectPut, times: int.MaxValue);
        impaired.Health.Become(ObjectStoreHealthState.Unavailable);
        await TestBroker.UntilAsync(() => LedBy(impaired) == 0 && _brokers.Sum(LedBy) == Partitions);
        await LeaderOf(0).MustProduceAsync("orders", 0, Batches.Of("after"));

        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await impaired.ProduceAsync("orders", 0, Batches.Of("refused"))).ErrorCode);
        Assert.Equal(["before", "after"], await LeaderOf(0).ReadValuesAsync("orders"));
        impaired.Faults.Clear();
        impaired.Health.Become(ObjectStoreHealthState.Healthy);
        await TestBroker.UntilAsync(IsBalanced);
    }

    [Fact]
    public async Task What_an_impaired_broker_accepted_and_can_not_write_is_given_up_and_its_offsets_are_given_out_again()
    {
        await StartAsync();
        var impaired = LeaderOf(0);
        await impaired.MustProduceAsync("orders", 0, Batches.Of("before"));
        var upload = impaired.Faults.Block(StoreOperation.ObjectPut, "/wal/");
        var uploading = impaired.ProduceAsync("orders", 0, Batches.Of("never written"));
        await upload.Reached;
        var waiting = impaired.ProduceAsync("orders", 0, Batches.Of("never uploaded"));

        impaired.Health.Become(ObjectStoreHealthState.Unavailable);

        Assert.Equal(ErrorCode.RequestTimedOut, (await uploading).ErrorCode);
        Assert.Contains((await waiting).ErrorCode, (ErrorCode[])[ErrorCode.RequestTimedOut, ErrorCode.NotLeaderOrFollower, ErrorCode.NotEnoughReplicas]);
        await TestBroker.UntilAsync(() => LedBy(impaired) == 0 && _brokers.Sum(LedBy) == Partitions);
        Assert.Equal(1, await LeaderOf(0).MustProduceAsync("orders", 0, Batches.Of("after")));
        Assert.Equal(["before", "after"], await LeaderOf(0).ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task Nothing_moves_where_all_brokers_have_lost_the_store_whenever_they_notice_and_whenever_it_is_over()
    {
        await StartAsync();
        var epochs = Epochs();

        // None of them can vouch for the store; those that are idle have not noticed yet.
        foreach (var broker in _brokers)
        {
            broker.Faults.FailBefore(StoreOperation.ObjectPut, times: int.MaxValue);
        }

        foreach (var broker in _brokers)
        {
            broker.Health.Become(ObjectStoreHealthState.Unavailable);
            await TestBroker.UntilAsync(() => IsImpaired(broker));
        }

        foreach (var broker in _brokers)
        {
            broker.Faults.Clear();
        }

        foreach (var broker in _brokers)
        {
            broker.Health.Become(ObjectStoreHealthState.Healthy);
            await TestBroker.UntilAsync(() => !IsImpaired(broker));
        }

        await LeaderOf(0).MustProduceAsync("orders", 0, Batches.Of("after"));
        Assert.Equal(epochs, Epochs());
    }

    [Fact]
    public async Task Nothing_moves_while_the_others_can_not_reach_the_store_either()
    {
        await StartAsync();
        var epochs = Epochs();
        foreach (var broker in _brokers)
        {
            broker.Faults.FailBefore(StoreOperation.ObjectPut, times: int.MaxValue);
        }

        _brokers[0].Health.Become(ObjectStoreHealthState.Unavailable);
        await TestBroker.UntilAsync(() => _brokers[1..].TrueForAll(broker => broker.Faults.Count(StoreOperation.ObjectPut, "/health/") > 0));

        await LeavesAlone(epochs);
    }

    [Fact]
    public async Task A_store_that_comes_and_goes_makes_nothing_move_to_and_fro()
    {
        await StartAsync();
        var impaired = _brokers[0];
        impaired.Health.Become(ObjectStoreHealthState.Unavailable);
        await TestBroker.UntilAsync(() => LedBy(impaired) == 0 && _brokers.Sum(LedBy) == Partitions);
        var moved = Epochs();
        for (var i = 0; i < 5; i++)
        {
            impaired.Health.Become(ObjectStoreHealthState.Healthy);
            await Task.Delay(Patience.StoreRecoveryPatience / 4, TestCluster.Cancelled);
            impaired.Health.Become(ObjectStoreHealthState.Unavailable);
        }

        await LeavesAlone(moved);
        Assert.Equal(0, LedBy(impaired));
    }

    [Fact]
    public async Task A_store_that_is_away_for_a_moment_makes_nothing_move()
    {
        await StartAsync(Patience with { StoreLossPatience = TimeSpan.FromMinutes(1) });
        var epochs = Epochs();

        _brokers[0].Health.Become(ObjectStoreHealthState.Unavailable);
        await LeavesAlone(epochs);
        _brokers[0].Health.Become(ObjectStoreHealthState.Healthy);

        await LeavesAlone(epochs);
    }

    [Fact]
    public async Task A_broker_that_alone_leads_goes_on_without_the_store_until_it_is_back()
    {
        await using var cluster = new TestCluster();
        cluster.Options = cluster.Options with { Controller = Patience };
        var only = await cluster.StartLeaderAsync(1);
        var id = await cluster.CreateTopicAsync("orders");

        only.Health.Become(ObjectStoreHealthState.Unavailable);
        await TestBroker.UntilAsync(() => IsImpaired(only));
        Assert.True(only.IsLeading(id, 0));
        only.Health.Become(ObjectStoreHealthState.Healthy);

        await only.MustProduceAsync("orders", "after");
    }

    private static int LedBy(TestBroker broker) => broker.Node.Services.Cluster.Topics
        .SelectMany(topic => topic.Partitions)
        .Count(log => log.Appender is { IsLeading: true });

    private static bool IsImpaired(TestBroker broker)
    {
        var services = broker.Node.Services;
        return services.Cluster.Brokers.TryGetValue(services.Options.BrokerId, out var registered) && registered.IsImpaired;
    }

    private async Task StartAsync(ControllerOptions? options = null)
    {
        _cluster.Options = _cluster.Options with
        {
            Controller = options ?? Patience,
            Flusher = new FlusherOptions { FlushInterval = TimeSpan.Zero, UploadDeadline = TimeSpan.FromMinutes(5) },
        };
        for (var id = 1; id <= 3; id++)
        {
            _brokers.Add(await _cluster.StartLeaderAsync(id));
        }

        await _cluster.CreateTopicAsync("orders", Partitions);
        await TestBroker.UntilAsync(IsBalanced);
    }

    private bool IsBalanced() => _brokers.TrueForAll(broker => LedBy(broker) == Partitions / _brokers.Count);

    private TestBroker LeaderOf(int partition) => _brokers.Single(broker => broker.Log("orders", partition).Appender is { IsLeading: true });

    // A partition that moves gets another one.
    private int[] Epochs() => [.. Enumerable.Range(0, Partitions).Select(partition => _brokers[0].Log("orders", partition).LeaderEpoch)];

    private async Task LeavesAlone(int[] epochs)
    {
        await Task.Delay(LongEnough, TestCluster.Cancelled);
        Assert.Equal(epochs, Epochs());
    }
}
