namespace Kafscale.Metadata.Etcd;

/// <summary>How a member of etcd does.</summary>
/// <param name="MemberId">Its id.</param>
/// <param name="LeaderId">The id of the leader that it knows; 0: none.</param>
/// <param name="Version">Its version.</param>
/// <param name="DatabaseBytes">The size of its file.</param>
/// <param name="DatabaseBytesInUse">How much of that is in use; the rest a defragmentation gives back.</param>
public sealed record EtcdMemberStatus(ulong MemberId, ulong LeaderId, string Version, long DatabaseBytes, long DatabaseBytesInUse)
{
    /// <summary>Whether it is the leader.</summary>
    public bool IsLeader => LeaderId != 0 && LeaderId == MemberId;
}
