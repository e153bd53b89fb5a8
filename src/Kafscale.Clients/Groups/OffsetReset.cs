using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Clients.Groups;

/// <summary>Where the offsets of a group are to be set to.</summary>
internal abstract record OffsetReset
{
    private const long NoOffset = -1;

    private OffsetReset()
    {
    }

    /// <summary>What would become of the offsets of a group; nothing is changed.</summary>
    /// <param name="client">Whom to ask.</param>
    /// <param name="groupId">The group.</param>
    /// <param name="topics">Topics, or some of their partitions as in <c>orders:0,3</c>; none: what the group has committed for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommandFailedException">A topic or a partition does not exist.</exception>
    public async Task<IReadOnlyList<OffsetChange>> PlanAsync(
        KafkaClient client, string groupId, IReadOnlyCollection<string> topics, CancellationToken cancellationToken)
    {
        var catalog = new TopicCatalog(client);
        var committed = await new GroupClient(client).FindCommittedAsync(groupId, cancellationToken);
        var partitions = topics.Count == 0 ? GroupClient.InOrder(committed.Keys) : await catalog.FindPartitionsAsync(topics, cancellationToken);
        var earliest = await catalog.FindOffsetsAsync(partitions, OffsetSpec.Earliest(), cancellationToken);
        var latest = await catalog.FindOffsetsAsync(partitions, OffsetSpec.Latest(), cancellationToken);
        var byTime = this is ToTime { Timestamp: var timestamp }
            ? await catalog.FindOffsetsAsync(partitions, OffsetSpec.ForTimestamp(timestamp.ToUnixTimeMilliseconds()), cancellationToken)
            : [];
        return [.. partitions.Select(partition =>
        {
            long? current = committed.TryGetValue(partition, out var offset) ? offset : null;
            var wanted = this switch
            {
                ToEarliest => earliest[partition],
                ToOffset(var to) => to,
                Shift(var by) => (current ?? earliest[partition]) + by,
                ToTime when byTime[partition] != NoOffset => byTime[partition],
                ToCurrent when current is not null => current.Value,

                // No record is as young as that, or nothing is committed.
                _ => latest[partition],
            };
            return new OffsetChange(partition, current, Math.Clamp(wanted, earliest[partition], latest[partition]));
        })];
    }

    public sealed record ToEarliest : OffsetReset;

    public sealed record ToLatest : OffsetReset;

    /// <summary>What is committed stays, unless it is not there any more.</summary>
    public sealed record ToCurrent : OffsetReset;

    public sealed record ToOffset(long Offset) : OffsetReset;

    /// <summary>Forward, or back where it is negative.</summary>
    public sealed record Shift(long By) : OffsetReset;

    /// <summary>To the first record that is as young as that.</summary>
    public sealed record ToTime(DateTimeOffset Timestamp) : OffsetReset;
}
