namespace Kafscale.Metadata.Etcd;

/// <summary>A member as etcd lists it, whether or not it runs.</summary>
/// <param name="Id">Its id, which is never given to another one.</param>
/// <param name="Name">Its name; may be empty until it has started.</param>
/// <param name="PeerAddresses">Where other members reach it.</param>
/// <param name="HasStarted">Whether it has ever started and told where clients reach it.</param>
public sealed record EtcdClusterMember(ulong Id, string Name, IReadOnlyList<string> PeerAddresses, bool HasStarted);
