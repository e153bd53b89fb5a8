using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.AlterConfigsRequest;
using static Kafscale.Protocol.Messages.AlterConfigsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Replaces everything that is set on a topic.</summary>
internal sealed class AlterConfigsHandler(TopicConfigAdministration configs, ClusterOptions options)
    : RequestHandler<AlterConfigsRequest, AlterConfigsResponse>
{
    protected override async ValueTask<AlterConfigsResponse?> HandleAsync(
        RequestContext context, AlterConfigsRequest request, CancellationToken cancellationToken)
    {
        var response = new AlterConfigsResponse();
        var named = request.Resources.CountBy(resource => (resource.ResourceType, resource.ResourceName)).ToDictionary();
        foreach (var resource in request.Resources)
        {
            var changes = resource.Configs.ConvertAll(
                config => new TopicConfigChange(config.Name, TopicConfigOperation.Set, config.Value));
            var isTwice = named[(resource.ResourceType, resource.ResourceName)] > 1;
            var error = ConfigAlterations.Check(resource.ResourceType, resource.ResourceName, isTwice, changes, options);
            if (error.IsNone && resource.ResourceType == (sbyte)ConfigResourceType.Topic)
            {
                error = await configs.ReplaceAsync(resource.ResourceName, changes, request.ValidateOnly, cancellationToken);
            }

            response.Responses.Add(Answer(resource, error));
        }

        return response;
    }

    protected override AlterConfigsResponse CreateErrorResponse(AlterConfigsRequest request, ErrorCode errorCode) =>
        new() { Responses = request.Resources.ConvertAll(resource => Answer(resource, new ApiError(errorCode))) };

    private static AlterConfigsResourceResponse Answer(AlterConfigsResource resource, ApiError error) => new()
    {
        ErrorCode = error.Code,
        ErrorMessage = error.Message,
        ResourceType = resource.ResourceType,
        ResourceName = resource.ResourceName,
    };
}
