using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Etcd;

namespace Kafscale.Operator.Etcd;

/// <summary>A real etcd, over gRPC.</summary>
internal sealed class EtcdAdministration(TimeProvider timeProvider, Random random) : IEtcdAdministration
{
    // Brokers have no setting for it.
    private static readonly MetadataKeys Keys = new("/kafscale/default");

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StatusTimeout = TimeSpan.FromSeconds(2);

    public async Task<EtcdLook> LookAsync(IReadOnlyList<Uri> members, CancellationToken cancellationToken)
    {
        var statuses = await Task.WhenAll(members.Select(member => FindStatusAsync(member, cancellationToken)));
        var answering = members.Zip(statuses).Where(found => found.Second is not null).ToDictionary(found => found.First, found => found.Second!);
        try
        {
            await using var store = await ConnectAsync(members, cancellationToken);
            var found = await store.RangeAsync(KeyRange.Key(Keys.Cluster), 1, 0, cancellationToken);
            return new EtcdLook(null, found.Entries.Count > 0, answering);
        }
        catch (Exception e) when (e is EtcdStartException or MetadataUnavailableException)
        {
            return new EtcdLook(e.Message, null, answering);
        }
    }

    public async Task DefragmentAsync(Uri member, CancellationToken cancellationToken)
    {
        using var maintenance = new EtcdMaintenance(OptionsOf([member], Timeout), timeProvider);
        await maintenance.DefragmentAsync(cancellationToken);
        await maintenance.DisarmFullAlarmsAsync(cancellationToken);
    }

    public async Task<IReadOnlyList<EtcdClusterMember>> ListMembersAsync(Uri member, CancellationToken cancellationToken)
    {
        using var maintenance = new EtcdMaintenance(OptionsOf([member], Timeout), timeProvider);
        return await maintenance.ListMembersAsync(cancellationToken);
    }

    public async Task RemoveMemberAsync(Uri member, ulong id, CancellationToken cancellationToken)
    {
        using var maintenance = new EtcdMaintenance(OptionsOf([member], Timeout), timeProvider);
        await maintenance.RemoveMemberAsync(id, cancellationToken);
    }

    public async Task<ulong> AddMemberAsync(Uri member, string peerAddress, CancellationToken cancellationToken)
    {
        using var maintenance = new EtcdMaintenance(OptionsOf([member], Timeout), timeProvider);
        return await maintenance.AddMemberAsync(peerAddress, cancellationToken);
    }

    public async Task SaveSnapshotAsync(Uri member, Stream destination, CancellationToken cancellationToken)
    {
        using var maintenance = new EtcdMaintenance(OptionsOf([member], Timeout), timeProvider);
        await maintenance.SaveSnapshotAsync(destination, cancellationToken);
    }

    private async Task<EtcdMemberStatus?> FindStatusAsync(Uri member, CancellationToken cancellationToken)
    {
        try
        {
            using var maintenance = new EtcdMaintenance(OptionsOf([member], StatusTimeout), timeProvider);
            return await maintenance.GetStatusAsync(cancellationToken);
        }
        catch (MetadataUnavailableException)
        {
            return null;
        }
    }

    private Task<EtcdMetadataStore> ConnectAsync(IReadOnlyList<Uri> members, CancellationToken cancellationToken) => members.Count == 0
        ? throw new EtcdStartException("No member of etcd has an address yet.")
        : EtcdMetadataStore.ConnectAsync(OptionsOf(members, Timeout), timeProvider, random, cancellationToken);

    private static EtcdOptions OptionsOf(IReadOnlyList<Uri> members, TimeSpan timeout) => new() { Endpoints = members, RequestTimeout = timeout };
}
