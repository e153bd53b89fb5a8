using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Clients;

/// <summary>What can be done to the topics of a cluster. Each waits until the cluster has done it.</summary>
internal sealed class TopicChanges(KafkaClient client)
{
    /// <summary>Creates a topic.</summary>
    /// <param name="specification">Its name and what is not left to the cluster; -1 partitions or replicas are.</param>
    /// <param name="isDryRun">Has the cluster check it, and creates nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task CreateAsync(TopicSpecification specification, bool isDryRun, CancellationToken cancellationToken) => client.AskAsync(
        client.Admin.CreateTopicsAsync(
            [specification], new CreateTopicsOptions { RequestTimeout = client.Timeout, OperationTimeout = client.Timeout, ValidateOnly = isDryRun }),
        cancellationToken);

    /// <summary>Gives a topic more partitions.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="total">How many it is to have in all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task AddPartitionsAsync(string topic, int total, CancellationToken cancellationToken) => client.AskAsync(
        client.Admin.CreatePartitionsAsync(
            [new PartitionsSpecification { Topic = topic, IncreaseTo = total }],
            new CreatePartitionsOptions { RequestTimeout = client.Timeout, OperationTimeout = client.Timeout }),
        cancellationToken);

    /// <summary>Deletes a topic with all its records.</summary>
    public Task DeleteAsync(string topic, CancellationToken cancellationToken) => client.AskAsync(
        client.Admin.DeleteTopicsAsync([topic], new DeleteTopicsOptions { RequestTimeout = client.Timeout, OperationTimeout = client.Timeout }), cancellationToken);

    /// <summary>Deletes the records of partitions before an offset of each.</summary>
    public Task DeleteRecordsAsync(IReadOnlyDictionary<TopicPartition, long> before, CancellationToken cancellationToken) => client.AskLeadersAsync(
        () => client.Admin.DeleteRecordsAsync(
            before.Select(partition => new TopicPartitionOffset(partition.Key, partition.Value)),
            new DeleteRecordsOptions { RequestTimeout = client.Timeout, OperationTimeout = client.Timeout }),
        cancellationToken);
}
