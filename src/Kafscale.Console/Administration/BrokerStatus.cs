namespace Kafscale.Console.Administration;

/// <summary>What a broker answers to <c>GET /admin/status</c>; docs/administration.md describes it.</summary>
public sealed record BrokerStatus(
    int BrokerId,
    string Version,
    string Rack,
    IReadOnlyList<string> Roles,
    string ClusterId,
    bool IsDraining,
    IReadOnlyList<string> NotReadyReasons,
    BrokerSession? Session,
    bool IsController,
    int? ControllerId,
    long MetadataRevision,
    IReadOnlyList<LiveBroker> Brokers,
    BrokerLeaders Leaders,
    BrokerBuffers Buffers,
    IReadOnlyDictionary<string, BrokerCache> Caches,
    ObjectStoreState ObjectStore);
