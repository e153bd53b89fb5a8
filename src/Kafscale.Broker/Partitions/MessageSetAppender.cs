using System.Buffers;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Telemetry;
using Kafscale.Protocol;
using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Partitions;

/// <summary>Appends what producers before Kafka 0.11 send (Produce 0 to 2): turns message sets into record batches, which is all that the log has.</summary>
internal sealed class MessageSetAppender(RecordsAppender appender, RecordMetrics metrics, TimeProvider timeProvider)
{
    /// <inheritdoc cref="RecordsAppender.AppendAsync(PartitionLog, TopicConfiguration, ReadOnlySequence{byte}, CancellationToken)"/>
    public async ValueTask<ProduceOutcome> AppendAsync(
        PartitionLog log, TopicConfiguration topic, ReadOnlySequence<byte> records, CancellationToken cancellationToken)
    {
        using var conversion = new MessageSetConversion(RecordsAppender.LimitsOf(topic), timeProvider.GetUtcNow().ToUnixTimeMilliseconds());
        var error = conversion.Convert(records);
        metrics.OnConvertedFromProducer(conversion.Count);
        return error.IsNone
            ? await appender.AppendAsync(log, topic, new ReadOnlySequence<byte>(conversion.Batches), cancellationToken)
            : ProduceOutcome.Failed((ErrorCode)error.Code, error.Message);
    }
}
