namespace Kafscale.Operator.Etcd;

/// <summary>What the operator asks of an etcd, whoever runs it.</summary>
internal interface IEtcdAdministration
{
    /// <summary>How it does, and whether a cluster is in it, by a linearizable read.</summary>
    Task<EtcdLook> LookAsync(IReadOnlyList<Uri> members, CancellationToken cancellationToken);

    /// <summary>Has a member give back unused space, and take writes again where its database was full.</summary>
    /// <exception cref="Metadata.MetadataUnavailableException">It does not answer.</exception>
    Task DefragmentAsync(Uri member, CancellationToken cancellationToken);

    /// <summary>Writes a member's snapshot.</summary>
    /// <exception cref="Metadata.MetadataUnavailableException">It broke off.</exception>
    Task SaveSnapshotAsync(Uri member, Stream destination, CancellationToken cancellationToken);
}
