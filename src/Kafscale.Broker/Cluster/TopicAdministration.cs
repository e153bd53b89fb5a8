using Google.Protobuf;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;
using static Kafscale.Protocol.Messages.CreateTopicsRequest;

namespace Kafscale.Broker.Cluster;

/// <summary>Creates, changes and deletes topics on behalf of clients; any broker may, at the same time as any other.</summary>
internal sealed partial class TopicAdministration(
    ClusterState cluster,
    TopicRecords records,
    ILeaderWait leaders,
    ClusterOptions options,
    TimeProvider timeProvider,
    Random random,
    ILogger<TopicAdministration> logger)
{
    private readonly Lock _randomLock = new();

    /// <summary>Creates topics.</summary>
    /// <param name="topics">What is wanted; the names are all different.</param>
    /// <param name="validateOnly">Says what would happen, and does nothing.</param>
    /// <param name="timeoutMs">How long to wait until the topics can be written to.</param>
    /// <param name="cancellationToken">Gives up; topics may have been created.</param>
    /// <returns>An answer for every topic, in their order.</returns>
    public async Task<IReadOnlyList<CreatedTopic>> CreateAsync(
        IReadOnlyList<CreatableTopic> topics, bool validateOnly, int timeoutMs, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(timeoutMs, timeProvider, cancellationToken);
        var answers = new CreatedTopic[topics.Count];
        var accepted = new Dictionary<string, TopicRecord>(StringComparer.Ordinal);
        var census = new TopicCensus(cluster, options);
        for (var i = 0; i < topics.Count; i++)
        {
            var topic = topics[i];
            var error = Check(topic, census, out var partitionCount, out var configs);
            if (!error.IsNone)
            {
                answers[i] = CreatedTopic.Failed(topic.Name, error);
                continue;
            }

            var record = NewRecord(partitionCount, configs);
            accepted.Add(topic.Name, record);
            answers[i] = new CreatedTopic(
                topic.Name, ApiError.None, validateOnly ? Guid.Empty : TopicIds.FromBytes(record.TopicId), partitionCount, configs);
        }

        var errors = validateOnly ? await FindExistingAsync(accepted.Keys, deadline) : await records.CreateAsync(accepted, deadline);
        for (var i = 0; i < answers.Length; i++)
        {
            if (errors.TryGetValue(answers[i].Name, out var error) && !error.IsNone)
            {
                answers[i] = CreatedTopic.Failed(answers[i].Name, error);
            }
        }

        if (!validateOnly && answers.Any(answer => answer.Error.IsNone))
        {
            await WaitForLeadersAsync([.. answers.Where(answer => answer.Error.IsNone).Select(answer => answer.Name)], deadline);
        }

        return answers;
    }

    /// <summary>Deletes a topic with everything in it; its objects are removed later.</summary>
    /// <param name="name">The topic.</param>
    /// <param name="id">Deletes it only where it has this id; <see langword="null"/>: any.</param>
    /// <param name="deadline">When to give up; it may have been deleted.</param>
    public async Task<ApiError> DeleteAsync(string name, Guid? id, Deadline deadline)
    {
        if (!options.DeleteTopics)
        {
            return new ApiError(ErrorCode.TopicDeletionDisabled, "Topic deletion is disabled (delete.topic.enable).");
        }

        // Also where no id is given: after a lost answer, a topic that was created anew in between is another one.
        var wanted = id;
        return await records.ChangeAsync(
            name,
            (stored, mayBeApplied) =>
            {
                if (stored is null || (wanted is not null && stored.Id != wanted))
                {
                    return mayBeApplied ? RecordChange.Nothing : RecordChange.Refuse(UnknownTopic(name, id));
                }

                wanted = stored.Id;
                return RecordChange.Write(
                    new Operation.Delete(KeyRange.Key(records.Keys.Topic(name))),
                    new Operation.Delete(KeyRange.Prefix(records.Keys.TopicPartitions(stored.Id))),
                    new Operation.Delete(KeyRange.Key(records.Keys.TopicAssignment(stored.Id))),
                    new Operation.Put(records.Keys.Deletion(stored.Id), Deletion(name, stored.Record).ToByteArray()));
            },
            deadline);
    }

    /// <summary>Raises the number of a topic's partitions.</summary>
    /// <param name="name">The topic.</param>
    /// <param name="count">The number afterwards.</param>
    /// <param name="assignments">Brokers for each new partition, or <see langword="null"/>.</param>
    /// <param name="validateOnly">Says what would happen, and does nothing.</param>
    /// <param name="deadline">Until when to wait until the partitions can be written to; they may have been added by then.</param>
    public async Task<ApiError> AddPartitionsAsync(
        string name, int count, IReadOnlyList<IReadOnlyList<int>>? assignments, bool validateOnly, Deadline deadline)
    {
        var otherPartitions = cluster.Topics.Sum(topic => topic.Name == name ? 0L : topic.Partitions.Count);
        var error = await records.ChangeAsync(
            name,
            (stored, mayBeApplied) =>
            {
                if (stored is null)
                {
                    return RecordChange.Refuse(ApiError.UnknownTopic(name));
                }

                if (mayBeApplied && stored.Record.PartitionCount == count)
                {
                    return RecordChange.Nothing;
                }

                var fault = CheckIncrease(name, stored.Record.PartitionCount, count, assignments, otherPartitions);
                if (!fault.IsNone || validateOnly)
                {
                    return RecordChange.Refuse(fault);
                }

                var changed = stored.Record.Clone();
                changed.PartitionCount = count;
                return RecordChange.Write(new Operation.Put(records.Keys.Topic(name), changed.ToByteArray()));
            },
            deadline);
        if (error.IsNone && !validateOnly)
        {
            await WaitForLeadersAsync([name], deadline);
        }

        return error;
    }

    private static ApiError UnknownTopic(string name, Guid? id) => id is null
        ? ApiError.UnknownTopic(name)
        : new ApiError(ErrorCode.UnknownTopicId, "There is no topic with this id.");

    private ApiError Check(CreatableTopic topic, TopicCensus census, out int partitionCount, out Dictionary<string, string> configs)
    {
        var error = NewTopicCheck.Check(topic, options, cluster.Brokers.ContainsKey, out partitionCount, out configs);
        if (error.IsNone)
        {
            error = census.TryAdd(topic.Name, partitionCount);
        }

        // Of a topic that exists, nobody wants to know what else is wrong with it; whether it does, the store decides.
        return !error.IsNone && cluster.TryGetTopic(topic.Name, out _) ? ApiError.TopicExists(topic.Name) : error;
    }

    private ApiError CheckIncrease(string name, int current, int count, IReadOnlyList<IReadOnlyList<int>>? assignments, long otherPartitions)
    {
        if (count == current)
        {
            return new ApiError(ErrorCode.InvalidPartitions, $"Topic already has {current} partition(s).");
        }

        if (count < current)
        {
            return new ApiError(
                ErrorCode.InvalidPartitions,
                $"The topic {name} currently has {current} partition(s); {count} would not be an increase.");
        }

        if (count > options.MaxPartitionsPerTopic)
        {
            return NewTopicCheck.TooManyPartitions(count, options);
        }

        if (otherPartitions + count > options.MaxPartitions)
        {
            return TopicCensus.Full(options);
        }

        return assignments is null ? ApiError.None : CheckAssignments(count - current, assignments);
    }

    private ApiError CheckAssignments(int added, IReadOnlyList<IReadOnlyList<int>> assignments)
    {
        if (assignments.Count != added)
        {
            return new ApiError(
                ErrorCode.InvalidReplicaAssignment,
                $"Attempted to add {added} additional partition(s), but only {assignments.Count} assignment(s) were specified.");
        }

        return assignments
            .Select(brokerIds => NewTopicCheck.CheckAssignment(brokerIds, cluster.Brokers.ContainsKey))
            .FirstOrDefault(error => !error.IsNone);
    }

    private async Task<Dictionary<string, ApiError>> FindExistingAsync(IEnumerable<string> names, Deadline deadline)
    {
        var errors = new Dictionary<string, ApiError>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            errors[name] = await records.ChangeAsync(
                name,
                (stored, _) => stored is null ? RecordChange.Nothing : RecordChange.Refuse(ApiError.TopicExists(name)),
                deadline);
        }

        return errors;
    }

    private TopicRecord NewRecord(int partitionCount, Dictionary<string, string> configs)
    {
        Guid id;
        lock (_randomLock)
        {
            do
            {
                id = TopicIds.Create(random);
            }
            while (cluster.TryGetTopic(id, out _) || cluster.Deletions.ContainsKey(id));
        }

        return new TopicRecord
        {
            TopicId = TopicIds.ToBytes(id),
            PartitionCount = partitionCount,
            CreatedAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
            Configs = { configs },
        };
    }

    private TopicDeletionRecord Deletion(string name, TopicRecord topic) => new()
    {
        Name = name,
        PartitionCount = topic.PartitionCount,
        DeletedAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
    };

    // The change is stored and stays: where its partitions have no leader in time, for whatever reason and be it that of
    // another partition, clients are told so by Metadata and ask again.
    private async Task WaitForLeadersAsync(IReadOnlyCollection<string> topics, Deadline deadline)
    {
        try
        {
            await leaders.WaitForLeadersAsync(topics, deadline.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || deadline.HasPassed)
        {
            LogWithoutLeaders(exception);
        }
    }

    [LoggerMessage(1261, LogLevel.Warning, "New partitions have no leader yet.")]
    private partial void LogWithoutLeaders(Exception exception);
}
