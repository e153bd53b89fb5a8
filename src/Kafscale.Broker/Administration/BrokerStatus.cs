namespace Kafscale.Broker.Administration;

/// <summary>What a broker is doing now, as an operator looks at it.</summary>
/// <param name="BrokerId">Its id.</param>
/// <param name="Version">Its version.</param>
/// <param name="Rack">Its rack; empty where it has none.</param>
/// <param name="Roles">What it does for the cluster: <c>read</c>, <c>lead</c>.</param>
/// <param name="ClusterId">The cluster that it is in.</param>
/// <param name="IsDraining">Whether it hands over what it leads and takes nothing more.</param>
/// <param name="NotReadyReasons">Why clients should not be sent here; empty where they may be.</param>
/// <param name="Session">Its session with the metadata store; <see langword="null"/> while it has none.</param>
/// <param name="IsController">Whether this broker decides who leads what.</param>
/// <param name="ControllerId">The broker that does; <see langword="null"/> while there is none.</param>
/// <param name="MetadataRevision">Up to which revision of the metadata store it knows what happened.</param>
/// <param name="Brokers">The live brokers, this one included, by id.</param>
/// <param name="Leaders">What it leads.</param>
/// <param name="Buffers">What clients keep busy.</param>
/// <param name="Caches">What it holds in memory of the object store.</param>
/// <param name="ObjectStore">How the object store does.</param>
public sealed record BrokerStatus(
    int BrokerId,
    string Version,
    string Rack,
    IReadOnlyList<string> Roles,
    string ClusterId,
    bool IsDraining,
    IReadOnlyList<string> NotReadyReasons,
    SessionStatus? Session,
    bool IsController,
    int? ControllerId,
    long MetadataRevision,
    IReadOnlyList<LiveBroker> Brokers,
    LeaderStatus Leaders,
    BufferStatus Buffers,
    IReadOnlyDictionary<string, CacheStatus> Caches,
    ObjectStoreStatus ObjectStore);
