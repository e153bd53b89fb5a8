namespace Kafscale.Broker.Groups;

/// <summary>Shards that are being read together.</summary>
/// <param name="shards">They are the coordinator's, and belong to its lock.</param>
/// <param name="abandoned">Cancelled once none is wanted any more. Never disposed of: whoever unloads the last one may be late.</param>
internal sealed class GroupShardLoading(IEnumerable<GroupShard> shards, CancellationTokenSource abandoned)
{
    /// <summary>Those that are still wanted.</summary>
    public HashSet<GroupShard> Shards { get; } = [.. shards];

    /// <summary>Cancelled once no shard is wanted any more.</summary>
    public CancellationToken Abandoned => abandoned.Token;

    /// <summary>These are not wanted any more.</summary>
    /// <returns>Whether no other is either, and the reading is to be cancelled.</returns>
    public bool TryAbandon(IEnumerable<GroupShard> shards)
    {
        var wanted = Shards.Count;
        Shards.ExceptWith(shards);
        return wanted > 0 && Shards.Count == 0;
    }

    public Task CancelAsync() => abandoned.CancelAsync();
}
