using Kafscale.Broker.Groups;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>One of several brokers on one metadata store, with its own way to it and its own session.</summary>
internal sealed class CoordinatingBroker : IAsyncDisposable
{
    public static readonly MetadataKeys Keys = new("/test");

    // So long that a test's leaps in time leave it alive.
    private static readonly TimeSpan SessionTimeToLive = TimeSpan.FromHours(1);

    private readonly int _id;
    private readonly TimeProvider _time;

    private CoordinatingBroker(int id, IMetadataStore store, TimeProvider time, ITopicDirectory topics)
    {
        _id = id;
        _time = time;
        Store = new GatedMetadataStore(store);
        var options = new GroupOptions { InitialRebalanceDelayMs = 0, OffsetsCommitTimeoutMs = 900_000 };
        Coordinator = new GroupCoordinator(
            Store,
            Keys,
            options,
            topics,
            new GroupConfigurationList(options),
            isLedHere: _ => false,
            time,
            new Random(id),
            new BrokerMetrics(time).Groups,
            NullLogger<GroupCoordinator>.Instance);
    }

    public GatedMetadataStore Store { get; }

    public GroupCoordinator Coordinator { get; }

    public BrokerSession Session { get; private set; } = null!;

    public static async Task<CoordinatingBroker> StartAsync(int id, IMetadataStore store, TimeProvider time, ITopicDirectory topics)
    {
        var broker = new CoordinatingBroker(id, store, time, topics);
        await broker.RegisterAsync();
        return broker;
    }

    /// <summary>A group of a shard.</summary>
    public static string GroupIn(int shard, string prefix = "g") =>
        Enumerable.Range(0, int.MaxValue).Select(i => $"{prefix}{i}").First(groupId => CoordinatorShards.Of(groupId) == shard);

    public async Task RegisterAsync()
    {
        var record = new SessionRecord { BrokerId = _id, Host = "localhost", Port = 9092 + _id };
        Session = await BrokerSession.RegisterAsync(Store, Keys, record, SessionTimeToLive, _time, onHeld: null, CancellationToken.None);
    }

    public Task LoadAsync(params int[] shards) => Coordinator.LoadAsync(Session, shards, CancellationToken.None);

    public Task UnloadAsync(params int[] shards) => Coordinator.UnloadAsync(shards, CancellationToken.None);

    public ErrorCode Find(string groupId) => Coordinator.FindShard(groupId, out _);

    public GroupShard ShardOf(string groupId)
    {
        Assert.Equal(ErrorCode.None, Coordinator.FindShard(groupId, out var shard));
        return shard!;
    }

    public Task<ErrorCode> CommitAsync(string groupId, Guid topicId, long offset, string memberId = "", int generation = -1) =>
        ShardOf(groupId).CommitOffsetsAsync(
            groupId, new OffsetCommitter(memberId, null, generation), [new(new OffsetKey(topicId, 0), new CommittedOffset(offset, -1, "", 0))]);

    public long? FindOffset(string groupId, Guid topicId) => ShardOf(groupId).FindOffset(groupId, new OffsetKey(topicId, 0))?.Offset;

    public Task<JoinGroupResult> JoinAsync(string groupId) => ShardOf(groupId).JoinAsync(
        groupId, GroupHarness.Command() with { NewMemberId = Coordinator.MemberIds.Create("m"), RequiresKnownMemberId = false });

    /// <summary>A group with one member, stable.</summary>
    public async Task<JoinGroupResult> MakeStableAsync(string groupId)
    {
        var joined = await JoinAsync(groupId);
        var synced = await ShardOf(groupId).SyncAsync(groupId, new SyncGroupCommand
        {
            MemberId = joined.MemberId,
            Generation = joined.Generation,
            Assignments = new Dictionary<string, ReadOnlyMemory<byte>> { [joined.MemberId] = GroupHarness.Assignment(joined.MemberId) },
        });
        Assert.Equal((ErrorCode.None, ErrorCode.None), (joined.Error, synced.Error));
        return joined;
    }

    /// <summary>The broker's session ends without a word; what it had begun is given up.</summary>
    public async Task LoseSessionAsync()
    {
        await Session.DisposeAsync();
        await Coordinator.UnloadAllAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        Store.Open();
        await Coordinator.DisposeAsync();
        await Session.DisposeAsync();
    }
}
