using Confluent.Kafka;

namespace Kafscale.Clients.Records;

/// <summary>
/// Reads the last records of several partitions together: those that are youngest, in the order of their times. What each partition has
/// at its end is read first, and the youngest of it kept.
/// </summary>
internal sealed class LastRecordsReader
{
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly IReadOnlyList<PartitionRange> _ranges;
    private readonly int _count;
    private readonly bool _isFollowing;
    private Queue<ConsumeResult<byte[]?, byte[]?>>? _last;
    private RangeReader? _following;

    /// <param name="consumer">Reads.</param>
    /// <param name="ranges">The last records of each partition, with an end.</param>
    /// <param name="count">How many records there are to be.</param>
    /// <param name="isFollowing">Whether what comes behind the ranges is read, too.</param>
    public LastRecordsReader(IConsumer<byte[]?, byte[]?> consumer, IReadOnlyList<PartitionRange> ranges, int count, bool isFollowing)
    {
        _consumer = consumer;
        _ranges = ranges;
        _count = count;
        _isFollowing = isFollowing;
    }

    /// <inheritdoc cref="RangeReader.Read"/>
    public ConsumeResult<byte[]?, byte[]?>? Read(Action onWait, CancellationToken cancellationToken)
    {
        _last ??= ReadLast(onWait, cancellationToken);
        if (_last.TryDequeue(out var record))
        {
            return record;
        }

        if (!_isFollowing)
        {
            return null;
        }

        _following ??= new RangeReader(_consumer, _ranges.Select(range => new PartitionRange(range.Partition, range.End!.Value, End: null)));
        return _following.Read(onWait, cancellationToken);
    }

    private Queue<ConsumeResult<byte[]?, byte[]?>> ReadLast(Action onWait, CancellationToken cancellationToken)
    {
        var youngest = new PriorityQueue<ConsumeResult<byte[]?, byte[]?>, (long TimestampMs, long Arrival)>();
        var reader = new RangeReader(_consumer, _ranges.Where(range => range.Start < range.End));
        for (var arrival = 0L; reader.Read(onWait, cancellationToken) is { } record; arrival++)
        {
            youngest.Enqueue(record, (record.Message.Timestamp.UnixTimestampMs, arrival));
            if (youngest.Count > _count)
            {
                youngest.Dequeue();
            }
        }

        var inOrder = new Queue<ConsumeResult<byte[]?, byte[]?>>(youngest.Count);
        while (youngest.TryDequeue(out var record, out _))
        {
            inOrder.Enqueue(record);
        }

        return inOrder;
    }
}
