using Kafscale.Metadata.Etcd;

namespace Kafscale.Operator.Etcd;

/// <summary>What the operator asks of an etcd, whoever runs it.</summary>
internal interface IEtcdAdministration
{
    /// <summary>How it does, and whether a cluster is in it, by a linearizable read.</summary>
    Task<EtcdLook> LookAsync(IReadOnlyList<Uri> members, CancellationToken cancellationToken);

    /// <summary>Has a member give back unused space, and take writes again where its database was full.</summary>
    /// <exception cref="Metadata.MetadataUnavailableException">It does not answer.</exception>
    Task DefragmentAsync(Uri member, CancellationToken cancellationToken);

    /// <summary>All members, as a quorum of them knows it.</summary>
    /// <param name="member">Whom to ask.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Metadata.MetadataUnavailableException">It does not answer.</exception>
    Task<IReadOnlyList<EtcdClusterMember>> ListMembersAsync(Uri member, CancellationToken cancellationToken);

    /// <summary>Takes a member away for good; one that is not listed counts as taken away.</summary>
    /// <param name="member">Whom to ask.</param>
    /// <param name="id">Who goes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Metadata.MetadataUnavailableException">It was not done, as far as is known.</exception>
    Task RemoveMemberAsync(Uri member, ulong id, CancellationToken cancellationToken);

    /// <summary>Adds a member that is to start then.</summary>
    /// <param name="member">Whom to ask.</param>
    /// <param name="peerAddress">Where the others will reach it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its id, which nobody has had before.</returns>
    /// <exception cref="Metadata.MetadataUnavailableException">It was not done, as far as is known.</exception>
    Task<ulong> AddMemberAsync(Uri member, string peerAddress, CancellationToken cancellationToken);

    /// <summary>Writes a member's snapshot.</summary>
    /// <exception cref="Metadata.MetadataUnavailableException">It broke off.</exception>
    Task SaveSnapshotAsync(Uri member, Stream destination, CancellationToken cancellationToken);
}
