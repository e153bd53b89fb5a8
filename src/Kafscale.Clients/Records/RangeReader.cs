using Confluent.Kafka;

namespace Kafscale.Clients.Records;

/// <summary>Reads ranges of partitions with a consumer that has them to itself, in no group.</summary>
internal sealed class RangeReader
{
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly Dictionary<TopicPartition, long?> _open;

    public RangeReader(IConsumer<byte[]?, byte[]?> consumer, IEnumerable<PartitionRange> ranges)
    {
        _consumer = consumer;
        var list = ranges.ToList();
        _open = list.ToDictionary(range => range.Partition, range => range.End);
        consumer.Assign(list.Select(range => new TopicPartitionOffset(range.Partition, range.Start)));
    }

    /// <summary>The next record; null once all ranges are read.</summary>
    /// <param name="onWait">Called before records are waited for.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="ConsumeException">The cluster says no.</exception>
    public ConsumeResult<byte[]?, byte[]?>? Read(Action onWait, CancellationToken cancellationToken)
    {
        while (_open.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = _consumer.Consume(TimeSpan.Zero);
            if (result is null)
            {
                onWait();
                result = _consumer.Consume(cancellationToken);
            }

            if (!_open.TryGetValue(result.TopicPartition, out var end))
            {
                continue;
            }

            // The last offsets of a range may be without a record: removed by compaction, or the marker of a transaction.
            var next = result.IsPartitionEOF ? result.Offset.Value : result.Offset.Value + 1;
            if (next >= end)
            {
                _open.Remove(result.TopicPartition);
                _consumer.IncrementalUnassign([result.TopicPartition]);
            }

            if (!result.IsPartitionEOF && (end is null || result.Offset.Value < end))
            {
                return result;
            }
        }

        return null;
    }
}
