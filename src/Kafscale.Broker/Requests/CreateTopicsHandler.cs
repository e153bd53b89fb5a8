using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.CreateTopicsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Creates topics.</summary>
internal sealed class CreateTopicsHandler(TopicAdministration topics, ClusterOptions options)
    : RequestHandler<CreateTopicsRequest, CreateTopicsResponse>
{
    // What Metadata shows, whatever was asked for.
    private const short ReplicationFactor = 1;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, CreateTopicsRequest request, CancellationToken cancellationToken)
    {
        var byName = request.Topics.GroupBy(topic => topic.Name, StringComparer.Ordinal).ToList();
        var single = byName.Where(group => group.Count() == 1).Select(group => group.Single()).ToList();
        var created = await topics.CreateAsync(single, request.ValidateOnly, request.TimeoutMs, cancellationToken);
        var twice = new ApiError(ErrorCode.InvalidRequest, "Duplicate topic name.");
        return new CreateTopicsResponse
        {
            Topics =
            [
                .. created.Select(Describe),
                .. byName.Where(group => group.Count() > 1).Select(group => Failed(group.Key, twice)),
            ],
        };
    }

    protected override CreateTopicsResponse CreateErrorResponse(CreateTopicsRequest request, ErrorCode errorCode) =>
        new() { Topics = [.. request.Topics.Select(topic => Failed(topic.Name, new ApiError(errorCode)))] };

    private static CreatableTopicResult Failed(string name, ApiError error) =>
        new() { Name = name, ErrorCode = error.Code, ErrorMessage = error.Message };

    private CreatableTopicResult Describe(CreatedTopic topic)
    {
        if (!topic.Error.IsNone)
        {
            return Failed(topic.Name, topic.Error);
        }

        var configs = TopicConfigDescriptions.OfTopic(topic.Configs, options.TopicDefaults);
        return new CreatableTopicResult
        {
            Name = topic.Name,
            TopicId = topic.Id,
            ErrorMessage = null,
            NumPartitions = topic.PartitionCount,
            ReplicationFactor = ReplicationFactor,
            Configs =
            [
                .. configs.Select(config => new CreatableTopicConfigs
                {
                    Name = config.Name,
                    Value = config.Value,
                    ReadOnly = config.IsReadOnly,
                    ConfigSource = (sbyte)config.Source,
                }),
            ],
        };
    }
}
