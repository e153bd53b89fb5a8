using Kafscale.Broker.Groups;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol;
using Kafscale.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>A coordinator on a metadata store in memory, which can be replaced by another as after a fail-over.</summary>
internal sealed class CoordinatorHarness : IAsyncDisposable
{
    // So long that a test's leaps in time leave it alive.
    private static readonly TimeSpan SessionTimeToLive = TimeSpan.FromHours(1);

    private readonly MemoryMetadataStore _memory;
    private int _brokerId;
    private bool _hasSessionEnded = true;

    private CoordinatorHarness(GroupOptions options)
    {
        Options = options;
        Configurations = new GroupConfigurationList(options);
        _memory = new MemoryMetadataStore(Time);
        Store = new GatedMetadataStore(_memory);
        Coordinator = CreateCoordinator();
    }

    public PauseTime Time { get; } = new();

    public GroupOptions Options { get; }

    public GatedMetadataStore Store { get; }

    public MetadataKeys Keys { get; } = new("/test");

    public TopicList Topics { get; } = new();

    public GroupConfigurationList Configurations { get; }

    public BrokerSession Session { get; private set; } = null!;

    public GroupCoordinator Coordinator { get; private set; }

    public static async Task<CoordinatorHarness> StartAsync(GroupOptions? options = null)
    {
        var harness = new CoordinatorHarness(options ?? new GroupOptions { InitialRebalanceDelayMs = 0 });
        await harness.RegisterAsync();
        await harness.Coordinator.LoadAsync(harness.Session, CoordinatorShards.All, CancellationToken.None);
        return harness;
    }

    /// <summary>The coordinator ends without a word, and another one takes its place.</summary>
    public async Task FailOverAsync()
    {
        await CrashAsync();
        await RegisterAsync();
        await Coordinator.LoadAsync(Session, CoordinatorShards.All, CancellationToken.None);
    }

    /// <summary>As <see cref="FailOverAsync"/>, but the groups are still to be read.</summary>
    /// <returns>As <see cref="BeginLoading"/>.</returns>
    public async Task<Func<Task>> BeginFailOverAsync()
    {
        await CrashAsync();
        await RegisterAsync();
        return BeginLoading();
    }

    public async Task CrashAsync()
    {
        await EndSessionAsync();
        Store.Open();
        await Coordinator.DisposeAsync();
        Coordinator = CreateCoordinator();
    }

    public async Task EndSessionAsync()
    {
        if (!_hasSessionEnded)
        {
            _hasSessionEnded = true;
            await Session.DisposeAsync();
        }
    }

    public async Task RegisterAsync()
    {
        var record = new SessionRecord { BrokerId = ++_brokerId, Host = "localhost", Port = 9092 };
        Session = await BrokerSession.RegisterAsync(Store, Keys, record, SessionTimeToLive, Time, onHeld: null, CancellationToken.None);
        _hasSessionEnded = false;
    }

    /// <summary>The coordinator, which serves nothing yet, begins to read all groups, and waits with it.</summary>
    /// <returns>To be called once: lets it read, and completes when the groups are served.</returns>
    public Func<Task> BeginLoading()
    {
        var reads = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Store.Reads = reads.Task;
        var loading = Coordinator.LoadAsync(Session, CoordinatorShards.All, CancellationToken.None);
        return () =>
        {
            reads.SetResult();
            return loading;
        };
    }

    /// <summary>The shard that serves a group.</summary>
    public GroupShard ShardOf(string groupId)
    {
        Assert.Equal(ErrorCode.None, Coordinator.FindShard(groupId, out var shard));
        return shard!;
    }

    /// <summary>The groups of all shards.</summary>
    public IReadOnlyList<ListedGroup> List()
    {
        Assert.Equal(ErrorCode.None, Coordinator.FindShards(out var shards));
        return [.. shards.SelectMany(shard => shard.List())];
    }

    /// <summary>Everything that is stored under a prefix.</summary>
    public async Task<IReadOnlyList<MetadataEntry>> ReadAsync(string prefix) =>
        (await _memory.RangeAsync(KeyRange.Prefix(prefix), 0, 0, CancellationToken.None)).Entries;

    public Task<ErrorCode> CommitAsync(string groupId, Guid topicId, int partition, long offset, string memberId = "", int generation = -1) =>
        ShardOf(groupId).CommitOffsetsAsync(groupId, new OffsetCommitter(memberId, null, generation), [Offset(topicId, partition, offset)]);

    public KeyValuePair<OffsetKey, CommittedOffset> Offset(Guid topicId, int partition, long offset) =>
        new(new OffsetKey(topicId, partition), new CommittedOffset(offset, 3, "meta", Time.GetUtcNow().ToUnixTimeMilliseconds()));

    public long? Find(string groupId, Guid topicId, int partition) => ShardOf(groupId).FindOffset(groupId, new OffsetKey(topicId, partition))?.Offset;

    public Task<JoinGroupResult> JoinAsync(string groupId, JoinGroupCommand command) =>
        ShardOf(groupId).JoinAsync(groupId, command with { NewMemberId = Coordinator.MemberIds.Create("m") });

    /// <summary>A group with one member, stable.</summary>
    public async Task<JoinGroupResult> MakeStableAsync(string groupId, JoinGroupCommand? command = null)
    {
        var joined = await JoinAsync(groupId, (command ?? GroupHarness.Command()) with { RequiresKnownMemberId = false });
        Assert.Equal(ErrorCode.None, joined.Error);
        var synced = await ShardOf(groupId).SyncAsync(groupId, new SyncGroupCommand
        {
            MemberId = joined.MemberId,
            Generation = joined.Generation,
            Assignments = new Dictionary<string, ReadOnlyMemory<byte>> { [joined.MemberId] = GroupHarness.Assignment(joined.MemberId) },
        });
        Assert.Equal(ErrorCode.None, synced.Error);
        return joined;
    }

    public async ValueTask DisposeAsync()
    {
        Store.Open();
        await Coordinator.DisposeAsync();
        await EndSessionAsync();
        await _memory.DisposeAsync();
    }

    private GroupCoordinator CreateCoordinator() => new(
        Store, Keys, Options, Topics, Configurations, isLedHere: _ => false, Time, new Random(7), new BrokerMetrics(Time).Groups, NullLogger<GroupCoordinator>.Instance);
}
