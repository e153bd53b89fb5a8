using Confluent.Kafka;
using Kafscale.Clients.Records;

namespace Kafscale.Cli.Records;

/// <summary>Reads as a member of a group, and has its offsets committed.</summary>
internal sealed class GroupReader
{
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly HashSet<TopicPartition> _ended = [];
    private readonly bool _isFollowing;

    public GroupReader(IConsumer<byte[]?, byte[]?> consumer, IEnumerable<string> topics, bool isFollowing)
    {
        _consumer = consumer;
        _isFollowing = isFollowing;
        consumer.Subscribe(topics);
    }

    /// <summary>The next record; null at the end of all partitions that the member has, unless it follows.</summary>
    /// <inheritdoc cref="RangeReader.Read"/>
    public ConsumeResult<byte[]?, byte[]?>? Read(Action onWait, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = _consumer.Consume(TimeSpan.Zero);
            if (result is null)
            {
                onWait();
                result = _consumer.Consume(cancellationToken);
            }

            if (!result.IsPartitionEOF)
            {
                _ended.Remove(result.TopicPartition);
                return result;
            }

            _ended.Add(result.TopicPartition);
            if (!_isFollowing && _consumer.Assignment.TrueForAll(_ended.Contains))
            {
                return null;
            }
        }
    }
}
