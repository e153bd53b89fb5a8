namespace Kafscale.Broker.Groups.Consumer;

/// <summary>Who has each partition of a group now, or has not yet given it back: one member at most.</summary>
internal sealed class PartitionOwners
{
    private readonly Dictionary<AssignedPartition, string> _owners = [];

    /// <summary>Whether nobody but the member itself has the partition.</summary>
    public bool IsFreeFor(string memberId, AssignedPartition partition) =>
        !_owners.TryGetValue(partition, out var owner) || owner == memberId;

    /// <summary>The member has these from now on, and none but these of those that it had.</summary>
    public void Replace(string memberId, IEnumerable<AssignedPartition> had, IEnumerable<AssignedPartition> has)
    {
        Release(memberId, had);
        foreach (var partition in has)
        {
            if (!_owners.TryAdd(partition, memberId))
            {
                throw new InvalidOperationException($"{partition} is given to {memberId} while {_owners[partition]} still has it.");
            }
        }
    }

    /// <summary>The member has these no longer.</summary>
    public void Release(string memberId, IEnumerable<AssignedPartition> partitions)
    {
        foreach (var partition in partitions)
        {
            if (_owners.TryGetValue(partition, out var owner) && owner == memberId)
            {
                _owners.Remove(partition);
            }
        }
    }
}
