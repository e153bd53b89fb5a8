using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.CreatePartitionsRequest;
using static Kafscale.Protocol.Messages.CreatePartitionsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Raises the number of topics' partitions (KIP-195).</summary>
internal sealed class CreatePartitionsHandler(TopicAdministration topics, TimeProvider timeProvider)
    : RequestHandler<CreatePartitionsRequest, CreatePartitionsResponse>
{
    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, CreatePartitionsRequest request, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(request.TimeoutMs, timeProvider, cancellationToken);
        var response = new CreatePartitionsResponse();
        foreach (var sameName in request.Topics.GroupBy(topic => topic.Name, StringComparer.Ordinal))
        {
            var error = sameName.Count() > 1
                ? new ApiError(ErrorCode.InvalidRequest, "Duplicate topic name.")
                : await AddAsync(sameName.Single(), request.ValidateOnly, deadline);
            response.Results.Add(Answer(sameName.Key, error));
        }

        return response;
    }

    protected override CreatePartitionsResponse CreateErrorResponse(CreatePartitionsRequest request, ErrorCode errorCode) =>
        new() { Results = [.. request.Topics.Select(topic => Answer(topic.Name, new ApiError(errorCode)))] };

    private static CreatePartitionsTopicResult Answer(string name, ApiError error) =>
        new() { Name = name, ErrorCode = error.Code, ErrorMessage = error.Message };

    private Task<ApiError> AddAsync(CreatePartitionsTopic topic, bool validateOnly, Deadline deadline) =>
        topics.AddPartitionsAsync(
            topic.Name,
            topic.Count,
            topic.Assignments?.ConvertAll(IReadOnlyList<int> (assignment) => assignment.BrokerIds),
            validateOnly,
            deadline);
}
