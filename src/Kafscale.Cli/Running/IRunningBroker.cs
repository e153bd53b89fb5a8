using Kafscale.Broker.Administration;
using Kafscale.Broker.Configuration;

namespace Kafscale.Cli.Running;

/// <summary>A broker that has been started, with the stores it stands on. Disposal releases everything.</summary>
internal interface IRunningBroker : IAsyncDisposable
{
    /// <summary>Where Kafka clients connect, with the port that the listener is bound to.</summary>
    ListenAddress Listener { get; }

    /// <summary>Why clients should not be sent here now; empty where they may be.</summary>
    IReadOnlyList<string> NotReadyReasons { get; }

    /// <summary>Ends with an error when the broker cannot go on; ends well once it has been stopped.</summary>
    Task Completion { get; }

    /// <summary>What it is doing now.</summary>
    BrokerStatus Look();

    /// <summary>What topics take in the object store, in the order of their names.</summary>
    TopicStoragePage FindTopics(string after, int limit);

    /// <summary>The groups that it coordinates, in the order of their ids.</summary>
    CoordinatedGroupPage FindGroups(string after, int limit);

    /// <summary>What a topic takes in the object store; null where there is none of that name.</summary>
    TopicStorageDetails? FindTopic(string name);

    /// <summary>Where a partition's records are in the object store; null where there is no such partition.</summary>
    ValueTask<PartitionObjects?> FindObjectsAsync(string topic, int partition, long fromOffset, int limit, CancellationToken cancellationToken);

    /// <summary>Has other brokers take over what it leads; it takes nothing more until <see cref="EndDrainAsync"/>.</summary>
    Task<DrainOutcome> DrainAsync(CancellationToken cancellationToken);

    /// <summary>Has it take its share again.</summary>
    Task EndDrainAsync(CancellationToken cancellationToken);

    /// <summary>Commits everything that was accepted before.</summary>
    /// <returns>Whether all of it was committed.</returns>
    Task<bool> FlushAsync(CancellationToken cancellationToken);

    /// <summary>Flushes what is buffered, answers what is in progress and closes the connections.</summary>
    /// <param name="deadline">Cancelled where the time for that is over: then it stops at once.</param>
    Task StopAsync(CancellationToken deadline);
}
