namespace Kafscale.Operator.Topics;

/// <summary>What the operator asks of a cluster's brokers as a Kafka client.</summary>
internal interface ITopicAdministration
{
    /// <summary>How many topics there are without the cluster's own.</summary>
    /// <exception cref="TopicRefusedException">The cluster does not answer.</exception>
    Task<int> CountAsync(string bootstrapServers, CancellationToken cancellationToken);

    /// <summary>A topic as it is.</summary>
    /// <returns>Null where there is none.</returns>
    /// <exception cref="TopicRefusedException">The cluster does not answer.</exception>
    Task<TopicLook?> FindAsync(string bootstrapServers, string name, CancellationToken cancellationToken);

    /// <summary>Makes a topic.</summary>
    /// <returns>False where there is one of the name already.</returns>
    /// <exception cref="TopicRefusedException">The cluster says no, or does not answer.</exception>
    Task<bool> CreateAsync(string bootstrapServers, string name, int partitions, IReadOnlyDictionary<string, string> config, CancellationToken cancellationToken);

    /// <summary>Adds partitions.</summary>
    /// <exception cref="TopicRefusedException">The cluster says no, or does not answer.</exception>
    Task AddPartitionsAsync(string bootstrapServers, string name, int total, CancellationToken cancellationToken);

    /// <summary>Sets settings; null takes one back to its default.</summary>
    /// <exception cref="TopicRefusedException">The cluster says no, or does not answer.</exception>
    Task AlterAsync(string bootstrapServers, string name, IReadOnlyDictionary<string, string?> changes, CancellationToken cancellationToken);

    /// <summary>Deletes a topic; one that is not there counts as deleted.</summary>
    /// <exception cref="TopicRefusedException">The cluster says no, or does not answer.</exception>
    Task DeleteAsync(string bootstrapServers, string name, CancellationToken cancellationToken);
}
