using Kafscale.Metadata.Etcd;
using Kafscale.Operator.Etcd;

namespace Kafscale.Operator.Tests.EndToEnd;

/// <summary>A real etcd, in which members have the addresses that <see cref="ProcessKubelet"/> gives to their names.</summary>
/// <param name="real">The real one.</param>
/// <param name="kubelet">What knows the addresses.</param>
/// <param name="peerAddresses">How the operator names members.</param>
internal sealed class ResolvingEtcd(IEtcdAdministration real, ProcessKubelet kubelet, IReadOnlyList<string> peerAddresses) : IEtcdAdministration
{
    /// <summary>Is done before a member is taken away, and after.</summary>
    public Func<bool, CancellationToken, Task>? OnRemove { get; set; }

    /// <summary>Is done after a member was added.</summary>
    public Func<CancellationToken, Task>? OnAdded { get; set; }

    /// <summary>
    /// How many members were taken away. One that was lost may count more than once: where its pod changed, as it does with each end, before the note was on it, the
    /// member that was added for it is taken away too.
    /// </summary>
    public int Removed { get; private set; }

    public Task<EtcdLook> LookAsync(IReadOnlyList<Uri> members, CancellationToken cancellationToken) => real.LookAsync(members, cancellationToken);

    public Task DefragmentAsync(Uri member, CancellationToken cancellationToken) => real.DefragmentAsync(member, cancellationToken);

    public Task SaveSnapshotAsync(Uri member, Stream destination, CancellationToken cancellationToken) => real.SaveSnapshotAsync(member, destination, cancellationToken);

    public async Task<IReadOnlyList<EtcdClusterMember>> ListMembersAsync(Uri member, CancellationToken cancellationToken)
    {
        var names = peerAddresses.ToDictionary(kubelet.Resolve);
        var listed = await real.ListMembersAsync(member, cancellationToken);
        return [.. listed.Select(found => found with { PeerAddresses = [.. found.PeerAddresses.Select(address => names.GetValueOrDefault(address, address))] })];
    }

    public async Task RemoveMemberAsync(Uri member, ulong id, CancellationToken cancellationToken)
    {
        await (OnRemove?.Invoke(false, cancellationToken) ?? Task.CompletedTask);
        await real.RemoveMemberAsync(member, id, cancellationToken);
        Removed++;
        await (OnRemove?.Invoke(true, cancellationToken) ?? Task.CompletedTask);
    }

    public async Task<ulong> AddMemberAsync(Uri member, string peerAddress, CancellationToken cancellationToken)
    {
        var id = await real.AddMemberAsync(member, kubelet.Resolve(peerAddress), cancellationToken);
        await (OnAdded?.Invoke(cancellationToken) ?? Task.CompletedTask);
        return id;
    }
}
