namespace Kafscale.Broker.Groups;

/// <summary>
/// The shards that all groups are spread over; each shard has one coordinator at a time. Which shard a group is in must never
/// change: brokers of different versions have to agree on it.
/// </summary>
/// <remarks>
/// The number and the choice are those of Kafka's <c>__consumer_offsets</c> partitions (<c>offsets.topic.num.partitions</c>),
/// so that tools which know where a group is in Kafka know it here too.
/// </remarks>
internal static class CoordinatorShards
{
    /// <summary>How many there are: few enough that one transaction can take all of them over.</summary>
    public const int Count = 50;

    /// <summary>All of them: 0 to <see cref="Count"/> - 1.</summary>
    public static IReadOnlyList<int> All { get; } = [.. Enumerable.Range(0, Count)];

    /// <summary>The shard of a group: the absolute value of Java's <c>String.hashCode()</c> of its id, modulo <see cref="Count"/>.</summary>
    public static int Of(string groupId)
    {
        var hash = 0;
        foreach (var character in groupId)
        {
            hash = unchecked((31 * hash) + character);
        }

        // The one number that has no absolute value counts as 0 in Kafka.
        return hash == int.MinValue ? 0 : Math.Abs(hash) % Count;
    }
}
