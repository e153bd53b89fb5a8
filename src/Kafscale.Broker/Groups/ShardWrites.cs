namespace Kafscale.Broker.Groups;

/// <summary>
/// A shard as the <see cref="GroupWriter"/> sees it: where the shard's writer key stands, and what waits to be written. All of
/// it but <see cref="WriterRevision"/>, which is the writing loop's own, belongs to the writer's lock.
/// </summary>
/// <param name="shard">The shard's number.</param>
/// <param name="takenOverAt">The revision at which the shard was taken over.</param>
/// <param name="onEnded">Called once where nothing will be written any more though nobody has asked for it. Does not throw.</param>
internal sealed class ShardWrites(int shard, long takenOverAt, Action onEnded)
{
    public int Shard => shard;

    public long TakenOverAt { get; } = takenOverAt;

    public Action OnEnded => onEnded;

    /// <summary>When the shard's writer key was last changed, by us.</summary>
    public long WriterRevision { get; set; } = takenOverAt;

    /// <summary>Writes that are not complete.</summary>
    public HashSet<GroupWrite> Pending { get; } = [];

    /// <summary>Takes no more writes.</summary>
    public bool IsClosed { get; set; }

    /// <summary>What waits will not be written any more either.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Completes when it is closed and nothing is pending.</summary>
    public TaskCompletionSource Drained { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
