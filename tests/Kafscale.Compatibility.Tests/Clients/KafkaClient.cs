namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>One client library or tool, as it comes.</summary>
internal abstract class KafkaClient
{
    /// <summary>Long enough for any one call on a busy machine; nothing waits that long where all is well.</summary>
    protected static readonly TimeSpan Timeout = TimeSpan.FromSeconds(90);

    public abstract string Name { get; }

    public abstract IReadOnlySet<ClientFeature> Features { get; }

    /// <summary>Produces in order, and returns once everything is acknowledged.</summary>
    public abstract Task ProduceAsync(string bootstrapServers, string topic, IReadOnlyList<TestRecord> records, ProduceOptions options);

    /// <summary>Reads each partition from a start to an end offset.</summary>
    /// <param name="ends">Where each partition ends; a partition whose start is not below its end yields nothing.</param>
    public abstract Task<IReadOnlyList<ReceivedRecord>> ReadAsync(
        string bootstrapServers, string topic, ReadStart start, IReadOnlyDictionary<int, long> ends);

    /// <summary>Reads from the log end on, without a committed offset; ready once its position is known.</summary>
    public abstract Task<Reader> ReadFromEndAsync(string bootstrapServers, string topic, Observed observed);

    /// <summary>Starts a member of a classic group that reads from the beginning where nothing is committed.</summary>
    public abstract Task<Reader> JoinGroupAsync(string bootstrapServers, string group, string topic, Observed observed);

    /// <summary>Attempts a transaction, and returns what the client says went wrong; null where nothing did.</summary>
    public abstract Task<string?> TransactionErrorAsync(string bootstrapServers, string topic);

    public abstract Task CreateTopicAsync(
        string bootstrapServers, string topic, int partitions, IReadOnlyDictionary<string, string> configs);

    public abstract Task<IReadOnlyList<string>> ListTopicsAsync(string bootstrapServers);

    /// <returns>The number of the topic's partitions.</returns>
    public abstract Task<int> DescribeTopicAsync(string bootstrapServers, string topic);

    public abstract Task CreatePartitionsAsync(string bootstrapServers, string topic, int count);

    public abstract Task<IReadOnlyDictionary<string, string?>> DescribeConfigsAsync(string bootstrapServers, string topic);

    public abstract Task AlterConfigAsync(string bootstrapServers, string topic, string name, string value);

    /// <returns>Earliest and latest offset of a partition.</returns>
    public abstract Task<(long Earliest, long Latest)> ListOffsetsAsync(string bootstrapServers, string topic, int partition);

    public abstract Task DeleteRecordsAsync(string bootstrapServers, string topic, int partition, long beforeOffset);

    public abstract Task<IReadOnlyList<string>> ListGroupsAsync(string bootstrapServers);

    /// <returns>The state, and how many members there are.</returns>
    public abstract Task<(string State, int Members)> DescribeGroupAsync(string bootstrapServers, string group);

    /// <returns>The committed offset of each partition that has one.</returns>
    public abstract Task<IReadOnlyDictionary<int, long>> GroupOffsetsAsync(string bootstrapServers, string group, string topic);

    public abstract Task DeleteGroupAsync(string bootstrapServers, string group);

    public abstract Task DeleteTopicAsync(string bootstrapServers, string topic);
}
