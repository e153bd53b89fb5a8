using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.CreateTopicsRequest;
using static Kafscale.Protocol.Messages.MetadataRequest;
using static Kafscale.Protocol.Messages.MetadataResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Tells clients of brokers, topics and leaders, and creates topics that they are about to use.</summary>
internal sealed class MetadataHandler(ClusterState cluster, AnnouncedBrokers announced, TopicAdministration topics, ClusterOptions options)
    : RequestHandler<MetadataRequest, MetadataResponse>
{
    private const int FirstVersionWhereNoTopicsMeansNone = 1;
    private const int FirstVersionWithTopicIds = 12;

    // Longer than any broker takes to have a new topic led, shorter than clients wait for the answer.
    private const int AutoCreationTimeoutMs = 5_000;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, MetadataRequest request, CancellationToken cancellationToken)
    {
        if (context.ApiVersion < FirstVersionWithTopicIds && request.Topics?.Exists(topic => topic.TopicId != Guid.Empty || topic.Name is null) == true)
        {
            // The fields are there since version 10, but no version below 12 can answer them (KIP-516).
            return Failed(request, ErrorCode.InvalidRequest);
        }

        var response = new MetadataResponse
        {
            Brokers = DescribeBrokers(),
            ClusterId = cluster.ClusterId,
            ControllerId = ControllerChoice.Choose(cluster, options),
            ClusterAuthorizedOperations =
                request.IncludeClusterAuthorizedOperations ? AuthorizedOperations.Cluster : AuthorizedOperations.NotAsked,
        };
        var describer = new PartitionDescriber(cluster);
        if (request.Topics is null || (request.Topics.Count == 0 && context.ApiVersion < FirstVersionWhereNoTopicsMeansNone))
        {
            foreach (var topic in cluster.Topics.OrderBy(topic => topic.Name, StringComparer.Ordinal))
            {
                response.Topics.Add(Describe(topic, describer, request));
            }

            return response;
        }

        var refused = await CreateMissingAsync(request, cancellationToken);
        var answered = new HashSet<(Guid, string?)>();
        foreach (var wanted in request.Topics)
        {
            if (answered.Add((wanted.TopicId, wanted.Name)))
            {
                response.Topics.Add(Describe(wanted, refused, describer, request));
            }
        }

        return response;
    }

    protected override MetadataResponse CreateErrorResponse(MetadataRequest request, ErrorCode errorCode) => Failed(request, errorCode);

    private static MetadataResponse Failed(MetadataRequest request, ErrorCode errorCode) => new()
    {
        ErrorCode = errorCode,
        Topics = [.. (request.Topics ?? []).Select(topic => Failed(topic.Name ?? "", topic.TopicId, errorCode))],
    };

    private static MetadataResponseTopic Failed(string? name, Guid topicId, ErrorCode errorCode) =>
        new() { ErrorCode = errorCode, Name = name, TopicId = topicId };

    private List<MetadataResponseBroker> DescribeBrokers()
    {
        var brokers = new List<MetadataResponseBroker>();
        foreach (var broker in announced.All)
        {
            brokers.Add(new MetadataResponseBroker
            {
                NodeId = broker.BrokerId,
                Host = broker.Host,
                Port = broker.Port,
                Rack = broker.Rack.Length == 0 ? null : broker.Rack,
            });
        }

        return brokers;
    }

    /// <summary>Creates the topics that do not exist, where request and broker allow it.</summary>
    /// <returns>Why those that could not be created were not.</returns>
    private async Task<Dictionary<string, ErrorCode>> CreateMissingAsync(MetadataRequest request, CancellationToken cancellationToken)
    {
        var refused = new Dictionary<string, ErrorCode>(StringComparer.Ordinal);
        if (!request.AllowAutoTopicCreation || !options.AutoCreateTopics)
        {
            return refused;
        }

        var missing = new List<CreatableTopic>();
        foreach (var name in request.Topics!.Where(topic => topic.TopicId == Guid.Empty).Select(topic => topic.Name).Distinct())
        {
            if (name is not null && !cluster.TryGetTopic(name, out _) && NewTopicCheck.CheckName(name).IsNone)
            {
                missing.Add(new CreatableTopic { Name = name, NumPartitions = -1, ReplicationFactor = -1 });
            }
        }

        if (missing.Count > 0)
        {
            foreach (var created in await topics.CreateAsync(missing, validateOnly: false, AutoCreationTimeoutMs, cancellationToken))
            {
                refused[created.Name] = created.Error.Code;
            }
        }

        return refused;
    }

    private MetadataResponseTopic Describe(
        MetadataRequestTopic wanted, Dictionary<string, ErrorCode> refused, PartitionDescriber describer, MetadataRequest request)
    {
        if (wanted.TopicId != Guid.Empty)
        {
            return cluster.TryGetTopic(wanted.TopicId, out var topicById)
                ? Describe(topicById, describer, request)
                : Failed(name: null, wanted.TopicId, ErrorCode.UnknownTopicId);
        }

        if (wanted.Name is null)
        {
            return Failed(name: null, wanted.TopicId, ErrorCode.InvalidRequest);
        }

        if (cluster.TryGetTopic(wanted.Name, out var topic))
        {
            return Describe(topic, describer, request);
        }

        // Everything but a name that can never be is something that clients wait for.
        var isImpossible = TopicNames.FindFault(wanted.Name) is not null
            || refused.GetValueOrDefault(wanted.Name) == ErrorCode.InvalidTopicException;
        return Failed(
            wanted.Name, Guid.Empty, isImpossible ? ErrorCode.InvalidTopicException : ErrorCode.UnknownTopicOrPartition);
    }

    private static MetadataResponseTopic Describe(Topic topic, PartitionDescriber describer, MetadataRequest request)
    {
        var partitions = new List<MetadataResponsePartition>(topic.Partitions.Count);
        foreach (var log in topic.Partitions)
        {
            var description = describer.Describe(log);
            partitions.Add(new MetadataResponsePartition
            {
                ErrorCode = description.ErrorCode,
                PartitionIndex = log.Id.Partition,
                LeaderId = description.LeaderId,
                LeaderEpoch = description.LeaderEpoch,
                ReplicaNodes = description.Replicas,
                IsrNodes = description.InSyncReplicas,
                OfflineReplicas = description.OfflineReplicas,
            });
        }

        return new MetadataResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.Id,
            Partitions = partitions,
            TopicAuthorizedOperations =
                request.IncludeTopicAuthorizedOperations ? AuthorizedOperations.Topic : AuthorizedOperations.NotAsked,
        };
    }
}
