using Kafscale.Protocol;
using static Kafscale.Protocol.Messages.CreateTopicsRequest;

namespace Kafscale.Broker.Cluster;

/// <summary>Whether a topic can be created as a client wants it, leaving aside which topics there are.</summary>
internal static class NewTopicCheck
{
    private const int UseDefault = -1;

    /// <summary>Checks a topic.</summary>
    /// <param name="topic">What the client wants.</param>
    /// <param name="options">Limits and defaults.</param>
    /// <param name="isBroker">Whether a live broker has an id.</param>
    /// <param name="partitionCount">How many partitions it gets.</param>
    /// <param name="configs">What is set on it.</param>
    /// <remarks>
    /// Replicas are the object store's: every replication factor that Kafka knows is accepted, because tools send one, and
    /// nothing comes of it. The same goes for who is to hold which partition, once it is a valid assignment.
    /// </remarks>
    public static ApiError Check(
        CreatableTopic topic, ClusterOptions options, Func<int, bool> isBroker, out int partitionCount, out Dictionary<string, string> configs)
    {
        partitionCount = 0;
        configs = new Dictionary<string, string>(StringComparer.Ordinal);
        if (CheckName(topic.Name) is { IsNone: false } badName)
        {
            return badName;
        }

        var counted = topic.Assignments.Count > 0
            ? CheckAssignments(topic, isBroker, out partitionCount)
            : CheckCounts(topic, options, out partitionCount);
        if (!counted.IsNone)
        {
            return counted;
        }

        if (partitionCount > options.MaxPartitionsPerTopic)
        {
            return TooManyPartitions(partitionCount, options);
        }

        var schema = new TopicConfigSchema(options.TopicDefaults);
        foreach (var config in topic.Configs)
        {
            if (ConfigChanges.FindFault(schema, config.Name, config.Value) is { } fault)
            {
                return new ApiError(ErrorCode.InvalidConfig, fault);
            }

            if (!configs.TryAdd(config.Name, config.Value!))
            {
                return new ApiError(ErrorCode.InvalidRequest, $"The configuration '{config.Name}' is given twice for topic '{topic.Name}'.");
            }
        }

        return ApiError.None;
    }

    public static ApiError CheckName(string name)
    {
        if (TopicNames.FindFault(name) is { } fault)
        {
            return new ApiError(ErrorCode.InvalidTopicException, fault);
        }

        return TopicNames.IsReserved(name)
            ? new ApiError(ErrorCode.InvalidTopicException, $"Topic name is invalid: '{name}' is reserved for what the cluster keeps for itself")
            : ApiError.None;
    }

    public static ApiError TooManyPartitions(int partitionCount, ClusterOptions options) => new(
        ErrorCode.InvalidPartitions, $"{partitionCount} partitions are more than the {options.MaxPartitionsPerTopic} that a topic may have.");

    /// <summary>Checks the brokers that one partition is assigned to.</summary>
    public static ApiError CheckAssignment(IReadOnlyList<int> brokerIds, Func<int, bool> isBroker)
    {
        if (brokerIds.Count == 0)
        {
            return new ApiError(ErrorCode.InvalidReplicaAssignment, "The manual partition assignment includes an empty replica list.");
        }

        foreach (var brokerId in brokerIds)
        {
            if (!isBroker(brokerId))
            {
                return new ApiError(
                    ErrorCode.InvalidReplicaAssignment,
                    $"The manual partition assignment includes broker {brokerId}, but no such broker is registered.");
            }
        }

        return brokerIds.Distinct().Count() == brokerIds.Count
            ? ApiError.None
            : new ApiError(ErrorCode.InvalidReplicaAssignment, "The manual partition assignment includes a broker more than once.");
    }

    private static ApiError CheckCounts(CreatableTopic topic, ClusterOptions options, out int partitionCount)
    {
        partitionCount = topic.NumPartitions == UseDefault ? options.DefaultPartitions : topic.NumPartitions;
        if (topic.ReplicationFactor is 0 or < UseDefault)
        {
            return new ApiError(
                ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.");
        }

        return partitionCount > 0
            ? ApiError.None
            : new ApiError(ErrorCode.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.");
    }

    private static ApiError CheckAssignments(CreatableTopic topic, Func<int, bool> isBroker, out int partitionCount)
    {
        partitionCount = topic.Assignments.Count;
        if (topic.ReplicationFactor != UseDefault)
        {
            return new ApiError(
                ErrorCode.InvalidRequest, "A manual partition assignment was specified, but replication factor was not set to -1.");
        }

        if (topic.NumPartitions != UseDefault)
        {
            return new ApiError(
                ErrorCode.InvalidRequest, "A manual partition assignment was specified, but numPartitions was not set to -1.");
        }

        var partitions = new HashSet<int>();
        foreach (var assignment in topic.Assignments)
        {
            if (!partitions.Add(assignment.PartitionIndex))
            {
                return new ApiError(
                    ErrorCode.InvalidReplicaAssignment,
                    $"Found multiple manual partition assignments for partition {assignment.PartitionIndex}");
            }

            if (assignment.PartitionIndex < 0 || assignment.PartitionIndex >= topic.Assignments.Count)
            {
                return new ApiError(
                    ErrorCode.InvalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence");
            }

            if (CheckAssignment(assignment.BrokerIds, isBroker) is { IsNone: false } error)
            {
                return error;
            }
        }

        return ApiError.None;
    }
}
