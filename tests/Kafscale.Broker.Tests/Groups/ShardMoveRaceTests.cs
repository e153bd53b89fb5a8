using Kafscale.Broker.Groups;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>Shards move between two brokers in every way there is, while groups commit and look.</summary>
public sealed class ShardMoveRaceTests
{
    private const int Shards = 6;
    private const int Moves = 150;

    // Whoever moves a shard holds it, as the controller would.
    private readonly SemaphoreSlim[] _moving = [.. Enumerable.Range(0, Shards).Select(_ => new SemaphoreSlim(1, 1))];
    private readonly int?[] _leaders = new int?[Shards];
    private readonly TopicList _topics = new();
    private CoordinatingBroker[] _brokers = [];
    private volatile bool _isDone;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_was_acknowledged_is_seen_by_all_who_look_later_and_never_goes_back(int seed)
    {
        var topic = _topics.Add("t");
        await using var store = new MemoryMetadataStore(TimeProvider.System);
        _brokers =
        [
            await CoordinatingBroker.StartAsync(1, store, TimeProvider.System, _topics),
            await CoordinatingBroker.StartAsync(2, store, TimeProvider.System, _topics),
        ];
        var groups = Enumerable.Range(0, Shards).SelectMany(shard => new[] { "x", "y" }.Select(prefix => CoordinatingBroker.GroupIn(shard, prefix))).ToList();

        var commits = groups.Select(group => CommitAndLookAsync(group, topic)).ToList();
        var late = ApplyLateAsync(store);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(i => MoveAsync(new Random((100 * seed) + i))));
        }
        finally
        {
            _isDone = true;
        }

        var acknowledged = await Task.WhenAll(commits);
        await late;

        await _brokers[0].Coordinator.UnloadAllAsync(CancellationToken.None);
        await _brokers[1].Coordinator.UnloadAllAsync(CancellationToken.None);
        await _brokers[0].LoadAsync([.. CoordinatorShards.All]);
        Assert.All(groups.Zip(acknowledged), group =>
        {
            Assert.InRange(group.Second.Acknowledged, 1, group.Second.Attempted);
            Assert.InRange(_brokers[0].FindOffset(group.First, topic)!.Value, group.Second.Acknowledged, group.Second.Attempted);
        });
        await _brokers[0].DisposeAsync();
        await _brokers[1].DisposeAsync();
    }

    private async Task<(long Acknowledged, long Attempted)> CommitAndLookAsync(string group, Guid topic)
    {
        long acknowledged = 0;
        long attempted = 0;
        long seen = 0;
        while (!_isDone)
        {
            foreach (var broker in _brokers)
            {
                if (broker.Coordinator.FindShard(group, out var shard) != ErrorCode.None)
                {
                    continue;
                }

                var found = shard!.FindOffset(group, new OffsetKey(topic, 0))?.Offset ?? 0;
                Assert.InRange(found, Math.Max(acknowledged, seen), attempted);
                seen = found;
                var error = await shard.CommitOffsetsAsync(
                    group, OffsetCommitter.NoMember, [new(new OffsetKey(topic, 0), new CommittedOffset(++attempted, -1, "", long.MaxValue / 2))]);
                Assert.True(error is ErrorCode.None or ErrorCode.NotCoordinator, $"{error}");
                acknowledged = error == ErrorCode.None ? attempted : acknowledged;
            }

            await Task.Yield();
        }

        return (acknowledged, attempted);
    }

    /// <summary>The store gets to transactions, again and again, that it had failed without applying them.</summary>
    private async Task ApplyLateAsync(MemoryMetadataStore store)
    {
        while (!_isDone)
        {
            foreach (var transaction in _brokers.SelectMany(broker => broker.Store.ListUnapplied()))
            {
                await store.CommitAsync(transaction, CancellationToken.None);
            }

            await Task.Yield();
        }
    }

    private async Task MoveAsync(Random random)
    {
        for (var i = 0; i < Moves; i++)
        {
            var to = random.Next(2);
            if (random.Next(15) == 0)
            {
                await LoseSessionAsync(to);
                continue;
            }

            var shard = random.Next(Shards);
            await _moving[shard].WaitAsync();
            try
            {
                if (random.Next(10) == 0)
                {
                    _brokers[to].Store.FailNext(applied: random.Next(2) == 0);
                }

                await MoveAsync(shard, to, random);
            }
            finally
            {
                _moving[shard].Release();
            }
        }
    }

    private async Task MoveAsync(int shard, int to, Random random)
    {
        if (_leaders[shard] is { } from)
        {
            using var givingUp = new CancellationTokenSource();
            var unloading = _brokers[from].Coordinator.UnloadAsync([shard], givingUp.Token);
            if (random.Next(3) == 0)
            {
                await givingUp.CancelAsync();
            }

            await unloading;
            _leaders[shard] = null;
        }

        var loading = _brokers[to].LoadAsync(shard);
        if (random.Next(4) == 0)
        {
            await _brokers[to].UnloadAsync(shard);
            await Task.WhenAny(loading);
            return;
        }

        await loading;
        _leaders[shard] = to;
    }

    /// <summary>All shards stand still meanwhile, as a broker takes nothing in a session that has ended; the clients do not.</summary>
    private async Task LoseSessionAsync(int index)
    {
        foreach (var moving in _moving)
        {
            await moving.WaitAsync();
        }

        try
        {
            await _brokers[index].LoseSessionAsync();
            _brokers[index].Store.Open();
            await _brokers[index].RegisterAsync();
            for (var shard = 0; shard < Shards; shard++)
            {
                _leaders[shard] = _leaders[shard] == index ? null : _leaders[shard];
            }
        }
        finally
        {
            foreach (var moving in _moving)
            {
                moving.Release();
            }
        }
    }
}
