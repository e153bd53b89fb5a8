using Kafscale.Broker.Cluster;
using Kafscale.Broker.Fetching;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.DeleteTopicsRequest;
using static Kafscale.Protocol.Messages.DeleteTopicsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Deletes topics, by name or by id (KIP-516).</summary>
internal sealed class DeleteTopicsHandler(ClusterState cluster, TopicAdministration topics, NewsOfCommits news, TimeProvider timeProvider)
    : RequestHandler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    private const int FirstVersionWithTopicIds = 6;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, DeleteTopicsRequest request, CancellationToken cancellationToken)
    {
        var wanted = Wanted(request, context.ApiVersion);
        var names = wanted.Where(topic => topic.Name is not null).CountBy(topic => topic.Name!).ToDictionary(StringComparer.Ordinal);
        var ids = wanted.Where(topic => topic.Name is null).CountBy(topic => topic.TopicId).ToDictionary();
        using var deadline = new Deadline(request.TimeoutMs, timeProvider, cancellationToken);
        var response = new DeleteTopicsResponse();
        foreach (var topic in wanted.DistinctBy(topic => (topic.Name, topic.TopicId)))
        {
            var fault = Check(topic, names, ids);
            response.Responses.Add(
                fault.IsNone ? await DeleteAsync(topic, deadline) : Answer(topic.Name, topic.TopicId, fault));
        }

        return response;
    }

    protected override DeleteTopicsResponse CreateErrorResponse(DeleteTopicsRequest request, ErrorCode errorCode)
    {
        var error = new ApiError(errorCode);
        return new DeleteTopicsResponse
        {
            Responses =
            [
                .. request.TopicNames.Select(name => Answer(name, Guid.Empty, error)),
                .. request.Topics.Select(topic => Answer(topic.Name, topic.TopicId, error)),
            ],
        };
    }

    private static List<DeleteTopicState> Wanted(DeleteTopicsRequest request, short version) => version < FirstVersionWithTopicIds
        ? [.. request.TopicNames.Select(name => new DeleteTopicState { Name = name })]
        : request.Topics;

    private static ApiError Check(DeleteTopicState topic, Dictionary<string, int> names, Dictionary<Guid, int> ids)
    {
        if (topic.Name is null)
        {
            return topic.TopicId == Guid.Empty ? new ApiError(ErrorCode.InvalidRequest, "Neither topic name nor id were specified.")
                : ids[topic.TopicId] > 1 ? new ApiError(ErrorCode.InvalidRequest, "Duplicate topic id.")
                : ApiError.None;
        }

        return topic.TopicId != Guid.Empty ? new ApiError(ErrorCode.InvalidRequest, "You may not specify both topic name and topic id.")
            : names[topic.Name] > 1 ? new ApiError(ErrorCode.InvalidRequest, "Duplicate topic name.")
            : ApiError.None;
    }

    private static DeletableTopicResult Answer(string? name, Guid id, ApiError error) =>
        new() { Name = name, TopicId = id, ErrorCode = error.Code, ErrorMessage = error.Message };

    private async Task<DeletableTopicResult> DeleteAsync(DeleteTopicState wanted, Deadline deadline)
    {
        if (wanted.Name is not null)
        {
            var id = cluster.TryGetTopic(wanted.Name, out var known) ? known.Id : Guid.Empty;
            return Answer(wanted.Name, id, await topics.DeleteAsync(wanted.Name, id: null, deadline));
        }

        // Another broker may have created it a moment ago, and who is told that it does not exist takes it for deleted.
        if (!cluster.TryGetTopic(wanted.TopicId, out var topic))
        {
            try
            {
                await news.TryCatchUpAsync(deadline.Token);
            }
            catch (OperationCanceledException) when (deadline.HasPassed)
            {
                return Answer(null, wanted.TopicId, ApiError.MetadataTimeout($"topic {wanted.TopicId}"));
            }

            cluster.TryGetTopic(wanted.TopicId, out topic);
        }

        return topic is not null
            ? Answer(topic.Name, topic.Id, await topics.DeleteAsync(topic.Name, topic.Id, deadline))
            : Answer(null, wanted.TopicId, new ApiError(ErrorCode.UnknownTopicId, "There is no topic with this id."));
    }
}
