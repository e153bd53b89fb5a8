using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kafscale.Clients;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Topics;

/// <summary>Real clusters, asked by a client that lives as long as the question: brokers come and go, and with them where to ask.</summary>
internal sealed class TopicAdministration(TimeProvider timeProvider) : ITopicAdministration
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public Task<int> CountAsync(string bootstrapServers, CancellationToken cancellationToken) => AskAsync(
        bootstrapServers,
        async client =>
        {
            await client.ConnectAsync(cancellationToken);
            return new TopicCatalog(client).List(withInternal: false).Count;
        });

    public Task<TopicLook?> FindAsync(string bootstrapServers, string name, CancellationToken cancellationToken) => AskAsync(
        bootstrapServers,
        async client => await FindDescriptionAsync(client, name, cancellationToken) is { } found ? await LookAsync(client, found, cancellationToken) : null);

    public Task<bool> CreateAsync(
        string bootstrapServers, string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken) => AskAsync(
        bootstrapServers,
        async client =>
        {
            var wanted = new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = -1, Configs = new Dictionary<string, string>(config) };
            try
            {
                await new TopicChanges(client).CreateAsync(wanted, isDryRun: false, cancellationToken);
                return true;
            }
            catch (CreateTopicsException e) when (ErrorExplanation.ErrorOf(e).Code == ErrorCode.TopicAlreadyExists)
            {
                return false;
            }
        });

    public Task AddPartitionsAsync(string bootstrapServers, string name, int total, CancellationToken cancellationToken) =>
        AskAsync(bootstrapServers, client => new TopicChanges(client).AddPartitionsAsync(name, total, cancellationToken));

    public Task AlterAsync(string bootstrapServers, string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken) => AskAsync(
        bootstrapServers,
        client => new ConfigCatalog(client).AlterAsync(
            ResourceType.Topic,
            name,
            [
                .. changes.Select(change => new ConfigEntry
                {
                    Name = change.Key,
                    Value = change.Value,
                    IncrementalOperation = change.Value is null ? AlterConfigOpType.Delete : AlterConfigOpType.Set,
                }),
            ],
            isDryRun: false,
            cancellationToken));

    public Task DeleteAsync(string bootstrapServers, string name, CancellationToken cancellationToken) => AskAsync(
        bootstrapServers,
        async client =>
        {
            try
            {
                await new TopicChanges(client).DeleteAsync(name, cancellationToken);
            }
            catch (DeleteTopicsException e) when (ErrorExplanation.ErrorOf(e).Code == ErrorCode.UnknownTopicOrPart)
            {
                // It is gone, which is what was asked for.
            }
        });

    private static async Task<TopicDescription?> FindDescriptionAsync(KafkaClient client, string name, CancellationToken cancellationToken)
    {
        try
        {
            var result = await client.AskAsync(
                client.Admin.DescribeTopicsAsync(TopicCollection.OfTopicNames([name]), new DescribeTopicsOptions { RequestTimeout = Timeout }), cancellationToken);
            return result.TopicDescriptions[0];
        }
        catch (DescribeTopicsException e) when (ErrorExplanation.ErrorOf(e).Code == ErrorCode.UnknownTopicOrPart)
        {
            return null;
        }
    }

    private static async Task<TopicLook> LookAsync(KafkaClient client, TopicDescription found, CancellationToken cancellationToken)
    {
        var led = found.Partitions.Where(partition => partition.Leader is { Id: >= 0 })
            .Select(partition => new TopicPartition(found.Name, partition.Partition)).Take(TopicConfig.MaxListedPartitions).ToList();
        var catalog = new TopicCatalog(client);
        var starts = await catalog.FindKnownOffsetsAsync(led, OffsetSpec.Earliest(), cancellationToken);
        var ends = await catalog.FindKnownOffsetsAsync(led, OffsetSpec.Latest(), cancellationToken);
        var config = await new ConfigCatalog(client).DescribeAsync(ResourceType.Topic, found.Name, cancellationToken);
        return new TopicLook(
            found.TopicId.ToString(),
            [
                .. found.Partitions.OrderBy(partition => partition.Partition).Select(partition => new TopicPartitionStatus
                {
                    Id = partition.Partition,
                    Leader = partition.Leader?.Id ?? -1,
                    LogStartOffset = OffsetOf(starts, found.Name, partition.Partition),
                    LogEndOffset = OffsetOf(ends, found.Name, partition.Partition),
                }),
            ],
            config.ToDictionary(entry => entry.Name, entry => entry.Value ?? ""));
    }

    private static long? OffsetOf(Dictionary<TopicPartition, long> offsets, string name, int partition) =>
        offsets.TryGetValue(new TopicPartition(name, partition), out var offset) ? offset : null;

    private async Task AskAsync(string bootstrapServers, Func<KafkaClient, Task> ask) => await AskAsync(
        bootstrapServers,
        async client =>
        {
            await ask(client);
            return true;
        });

    private async Task<T> AskAsync<T>(string bootstrapServers, Func<KafkaClient, Task<T>> ask)
    {
        try
        {
            var settings = ClientSettings.Combine(
                [[KeyValuePair.Create(ClientProperties.BootstrapServers, bootstrapServers), KeyValuePair.Create("client.id", "kafscale-operator")]]);
            using var client = new KafkaClient(settings, Timeout, timeProvider);
            return await ask(client);
        }
        catch (CommandFailedException e)
        {
            throw new TopicRefusedException(e.Message, isFinal: false, e);
        }
        catch (KafkaException e)
        {
            var error = ErrorExplanation.ErrorOf(e);
            var isFinal = !error.IsLocalError && !ErrorExplanation.IsOfMovingLeader(e) && !IsPassing(error.Code);
            throw new TopicRefusedException(ErrorExplanation.Of(e), isFinal, e);
        }
    }

    private static bool IsPassing(ErrorCode code) => code
        is ErrorCode.RequestTimedOut or ErrorCode.NotController or ErrorCode.NetworkException or ErrorCode.NotEnoughReplicas or ErrorCode.ClusterAuthorizationFailed
        or ErrorCode.UnknownTopicOrPart or ErrorCode.KafkaStorageError or ErrorCode.BrokerNotAvailable or ErrorCode.Unknown;
}
