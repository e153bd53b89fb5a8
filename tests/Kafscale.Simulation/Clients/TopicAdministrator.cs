using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>Creates, changes and deletes topics, and tries until it is told that it is done.</summary>
internal sealed class TopicAdministrator(ClusterClient client)
{
    private const int TimeoutMs = 15_000;
    private const sbyte TopicResource = 2;
    private const sbyte SetConfig = 0;

    private static readonly ErrorCode[] ExpectedErrors = [ErrorCode.RequestTimedOut, ErrorCode.CoordinatorNotAvailable, ErrorCode.NotController, ErrorCode.KafkaStorageError];

    // Brokers that have not heard of it yet.
    private static readonly ErrorCode[] ExpectedErrorsForTopics = [.. ExpectedErrors, ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicId];

    private static readonly ErrorCode[] ExpectedErrorsForRecords =
        [.. ExpectedErrorsForTopics, ErrorCode.NotLeaderOrFollower, ErrorCode.NotEnoughReplicas];

    /// <summary>Creates a topic, or finds it there.</summary>
    public async Task CreateAsync(string name, int partitions, params IEnumerable<(string Name, string Value)> configs)
    {
        var request = new CreateTopicsRequest { TimeoutMs = TimeoutMs };
        request.Topics.Add(new CreateTopicsRequest.CreatableTopic
        {
            Name = name,
            NumPartitions = partitions,
            ReplicationFactor = -1,
            Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })],
        });
        await TryUntilDoneAsync("CreateTopics", ExpectedErrors, async () =>
        {
            var error = (await client.SendToAnyAsync<CreateTopicsResponse>(request, 7)).Topics[0].ErrorCode;
            return error == ErrorCode.TopicAlreadyExists ? ErrorCode.None : error;
        });
    }

    /// <summary>Deletes a topic that is there.</summary>
    public async Task DeleteAsync(string name)
    {
        await RefreshAsync(name);
        var topicId = client.TopicOf(name)!.TopicId;
        client.History.DeletesTopic(topicId);
        var request = new DeleteTopicsRequest { TimeoutMs = TimeoutMs, Topics = [new() { TopicId = topicId }] };
        var isSecondTry = false;
        await TryUntilDoneAsync("DeleteTopics", ExpectedErrors, async () =>
        {
            var mayBeGone = isSecondTry;
            isSecondTry = true;
            var error = (await client.SendToAnyAsync<DeleteTopicsResponse>(request, 6)).Responses[0].ErrorCode;
            return error == ErrorCode.UnknownTopicId && mayBeGone ? ErrorCode.None : error == ErrorCode.UnknownTopicId ? ErrorCode.RequestTimedOut : error;
        });
    }

    /// <summary>Gives a topic more partitions.</summary>
    public async Task AddPartitionsAsync(string name, int count)
    {
        var request = new CreatePartitionsRequest { TimeoutMs = TimeoutMs, Topics = [new() { Name = name, Count = count, Assignments = null }] };
        await TryUntilDoneAsync("CreatePartitions", ExpectedErrorsForTopics, async () =>
        {
            // As many as there are already is what the second try finds.
            var error = (await client.SendToAnyAsync<CreatePartitionsResponse>(request, 3)).Results[0].ErrorCode;
            return error == ErrorCode.InvalidPartitions ? ErrorCode.None : error;
        });
    }

    /// <summary>Deletes some of the records of one partition.</summary>
    public async Task DeleteRecordsAsync(string name, int partition)
    {
        await RefreshAsync(name);
        var log = new LogKey(client.TopicOf(name)!.TopicId, partition);
        var highWatermark = client.History.Acknowledgements.Where(one => one.Log == log).Select(one => one.BaseOffset).DefaultIfEmpty(0).Max();
        var deletion = client.History.DeletesRecords(log, client.Random.NextInt64(highWatermark + 1));
        var request = new DeleteRecordsRequest
        {
            TimeoutMs = TimeoutMs,
            Topics = [new() { Name = name, Partitions = [new() { PartitionIndex = partition, Offset = deletion.BeforeOffset }] }],
        };
        await TryUntilDoneAsync("DeleteRecords", ExpectedErrorsForRecords, async () =>
        {
            await client.TryRefreshAsync(name);
            var leader = client.TopicOf(name)?.LeaderOf(partition) ?? KnownTopic.Nobody;
            var error = (await client.SendAsync<DeleteRecordsResponse>(leader, request, 2)).Topics[0].Partitions[0].ErrorCode;

            // A later deletion can not have been before: there is one administrator.
            return error;
        });
        deletion.IsAcknowledged = true;
    }

    /// <summary>Sets configurations of a topic.</summary>
    public async Task ConfigureAsync(string name, params IEnumerable<(string Name, string Value)> configs)
    {
        var request = new IncrementalAlterConfigsRequest();
        request.Resources.Add(new IncrementalAlterConfigsRequest.AlterConfigsResource
        {
            ResourceType = TopicResource,
            ResourceName = name,
            Configs = [.. configs.Select(config => new IncrementalAlterConfigsRequest.AlterableConfig { Name = config.Name, ConfigOperation = SetConfig, Value = config.Value })],
        });
        await TryUntilDoneAsync("IncrementalAlterConfigs", ExpectedErrorsForTopics, async () =>
            (await client.SendToAnyAsync<IncrementalAlterConfigsResponse>(request, 1)).Responses[0].ErrorCode);
    }

    private async Task RefreshAsync(string name)
    {
        while (!await client.TryRefreshAsync(name) || client.TopicOf(name) is null)
        {
            await client.BackOffAsync();
        }
    }

    private async Task TryUntilDoneAsync(string request, IReadOnlyCollection<ErrorCode> expected, Func<Task<ErrorCode>> send)
    {
        while (true)
        {
            try
            {
                var error = await send();
                if (error == ErrorCode.None)
                {
                    return;
                }

                client.Note(request, error, expected);
                if (!expected.Contains(error))
                {
                    return;
                }
            }
            catch (IOException)
            {
                // Whether it was done the next try tells.
            }

            await client.BackOffAsync();
        }
    }
}
