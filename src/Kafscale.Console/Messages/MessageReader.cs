using Confluent.Kafka;
using Kafscale.Clients;
using Kafscale.Clients.Parsing;
using Kafscale.Clients.Records;
using Kafscale.Console.Cluster;

namespace Kafscale.Console.Messages;

/// <summary>Reads messages of topics.</summary>
internal sealed class MessageReader(ClusterConnection connection, TimeProvider timeProvider)
{
    private const int FetchedAheadKiB = 16 * 1024;
    private const int MaxFetchBytes = 8 << 20;

    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan OneMessageTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Begins to read what a query asks for.</summary>
    /// <exception cref="CommandFailedException">The topic or a partition does not exist, or no broker can be reached.</exception>
    /// <exception cref="KafkaException">The cluster says no.</exception>
    public Task<MessageRun> StartAsync(MessageQuery query, CancellationToken cancellationToken) => connection.ReadAsync(
        async (client, token) =>
        {
            var topics = new TopicCatalog(client);
            var argument = query.Partitions is null ? query.Topic : $"{query.Topic}:{string.Join(',', query.Partitions)}";
            var partitions = await topics.FindPartitionsAsync([argument], token);
            var isLive = query.Start == MessageStart.Live;
            var from = query.Start switch
            {
                MessageStart.Live => new LogPosition.End(),
                MessageStart.Offset or MessageStart.Time => query.Position!,
                _ => new LogPosition.Beginning(),
            };
            var ranges = await new RangePlanner(topics).PlanAsync(partitions, from, to: null, last: null, isLive, token);
            return new MessageRun(query, CreateConsumer(client), ranges, LongestRun, timeProvider);
        },
        cancellationToken);

    /// <summary>Reads one message.</summary>
    /// <returns>Null where there is none at the offset, or none any more.</returns>
    /// <inheritdoc cref="StartAsync" path="/exception"/>
    public async Task<ConsumeResult<byte[]?, byte[]?>?> ReadOneAsync(string topic, int partition, long offset, CancellationToken cancellationToken)
    {
        var (consumer, range) = await connection.ReadAsync<(IConsumer<byte[]?, byte[]?>?, PartitionRange)>(
            async (client, token) =>
            {
                var topics = new TopicCatalog(client);
                var partitions = await topics.FindPartitionsAsync([$"{topic}:{partition}"], token);
                var ranges = await new RangePlanner(topics).PlanAsync(partitions, new LogPosition.AtOffset(offset), to: null, last: null, isFollowing: false, token);
                return ranges is [var found] && found.Start == offset ? (CreateConsumer(client), found) : (null, default);
            },
            cancellationToken);
        if (consumer is null)
        {
            return null;
        }

        using var timeout = new CancellationTokenSource(OneMessageTimeout, timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        return await Task.Factory.StartNew(() => ReadOne(consumer, range, both.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static ConsumeResult<byte[]?, byte[]?>? ReadOne(IConsumer<byte[]?, byte[]?> consumer, PartitionRange range, CancellationToken cancellationToken)
    {
        try
        {
            var record = new RangeReader(consumer, [range]).Read(() => { }, cancellationToken);

            // After compaction the next one is what a fetch finds.
            return record?.Offset.Value == range.Start ? record : null;
        }
        finally
        {
            consumer.Close();
            consumer.Dispose();
        }
    }

    private static IConsumer<byte[]?, byte[]?> CreateConsumer(KafkaClient client) => client.CreateConsumer(new ConsumerConfig
    {
        EnableAutoCommit = false,
        EnablePartitionEof = true,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        QueuedMaxMessagesKbytes = FetchedAheadKiB,
        FetchMaxBytes = MaxFetchBytes,
        MaxPartitionFetchBytes = 1 << 20,
    });
}
