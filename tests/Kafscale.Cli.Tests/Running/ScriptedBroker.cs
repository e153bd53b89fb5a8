using Kafscale.Broker.Administration;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Running;

namespace Kafscale.Cli.Tests.Running;

/// <summary>Stands in for a broker and does what a test wants.</summary>
internal sealed class ScriptedBroker : IRunningBroker
{
    public TaskCompletionSource Ending { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Func<CancellationToken, Task> OnStop { get; init; } = _ => Task.CompletedTask;

    public bool IsDisposed { get; private set; }

    public ListenAddress Listener { get; init; } = new("127.0.0.1", 9092);

    public IReadOnlyList<string> NotReadyReasons { get; init; } = [];

    public Task Completion => Ending.Task;

    public BrokerStatus Status { get; init; } = new(
        1,
        "1.0.0",
        "a",
        ["read", "lead"],
        "a cluster",
        false,
        [],
        new SessionStatus("1a", true, 12.5, 8),
        true,
        1,
        17,
        [new LiveBroker(1, "localhost", 9092, "a", false, false, 3)],
        new LeaderStatus(2, 4, 3, 1, 50, 50),
        new BufferStatus(10, 1000, 7),
        new Dictionary<string, CacheStatus> { ["segments"] = new(1, 2, 3, 1), ["indexes"] = new(0, 2, 0, 0), ["manifests"] = new(0, 2, 0, 0) },
        new ObjectStoreStatus("healthy", "It is well.", DateTimeOffset.UnixEpoch, 0, 1.5));

    public Func<Task<DrainOutcome>> OnDrain { get; init; } = () => Task.FromResult(DrainOutcome.Drained);

    public Func<Task> OnEndDrain { get; init; } = () => Task.CompletedTask;

    public Func<Task<bool>> OnFlush { get; init; } = () => Task.FromResult(true);

    public Func<ValueTask<PartitionObjects?>> OnFindObjects { get; init; } = () => new(Objects);

    private static TopicStorage Topic { get; } = new("orders", 1, 100, 10, 1, 604_800_000, -1, false, [1], [5], [50]);

    private static PartitionStorage Partition { get; } = new(0, 1, 5, 40, 50, 2, 100, 10, 1, DateTimeOffset.UnixEpoch);

    private static PartitionObjects Objects { get; } = new(
        1,
        true,
        Partition,
        0,
        [
            new LogObject("merged", "a/orders/0/segment-00000000000000000005.kfs", 5, 40, 100, 100, DateTimeOffset.UnixEpoch, null, 100),
            new LogObject("waiting", "a/wal/000000000000001a/00000000000000000001.wal", 40, 50, 10, 500, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, 0),
        ],
        null);

    public BrokerStatus Look() => Status;

    public TopicStoragePage FindTopics(string after, int limit) => new([Topic], Topic.Name);

    public CoordinatedGroupPage FindGroups(string after, int limit) =>
        new(true, [new CoordinatedGroup("billing", "classic", "Stable", 2, new Dictionary<string, long> { ["orders"] = 7 })], null);

    public TopicStorageDetails? FindTopic(string name) => name == Topic.Name ? new TopicStorageDetails(Topic, 64, 600_000, [Partition]) : null;

    public ValueTask<PartitionObjects?> FindObjectsAsync(string topic, int partition, long fromOffset, int limit, CancellationToken cancellationToken) =>
        topic == Topic.Name && partition == 0 ? OnFindObjects() : new((PartitionObjects?)null);

    public Task<DrainOutcome> DrainAsync(CancellationToken cancellationToken) => OnDrain();

    public Task EndDrainAsync(CancellationToken cancellationToken) => OnEndDrain();

    public Task<bool> FlushAsync(CancellationToken cancellationToken) => OnFlush();

    public Task StopAsync(CancellationToken deadline) => OnStop(deadline);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
