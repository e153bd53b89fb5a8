using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.IncrementalAlterConfigsRequest;
using static Kafscale.Protocol.Messages.IncrementalAlterConfigsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Sets, removes, appends to and subtracts from what is set on a topic (KIP-339).</summary>
internal sealed class IncrementalAlterConfigsHandler(TopicConfigAdministration configs, ClusterOptions options)
    : RequestHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    protected override async ValueTask<IncrementalAlterConfigsResponse?> HandleAsync(
        RequestContext context, IncrementalAlterConfigsRequest request, CancellationToken cancellationToken)
    {
        var response = new IncrementalAlterConfigsResponse();
        var named = request.Resources.CountBy(resource => (resource.ResourceType, resource.ResourceName)).ToDictionary();
        foreach (var resource in request.Resources)
        {
            var changes = resource.Configs.ConvertAll(
                config => new TopicConfigChange(config.Name, (TopicConfigOperation)config.ConfigOperation, config.Value));
            var isTwice = named[(resource.ResourceType, resource.ResourceName)] > 1;
            var error = ConfigAlterations.Check(resource.ResourceType, resource.ResourceName, isTwice, changes, options);
            if (error.IsNone && resource.ResourceType == (sbyte)ConfigResourceType.Topic)
            {
                error = await configs.AlterAsync(resource.ResourceName, changes, request.ValidateOnly, cancellationToken);
            }

            response.Responses.Add(Answer(resource, error));
        }

        return response;
    }

    protected override IncrementalAlterConfigsResponse CreateErrorResponse(IncrementalAlterConfigsRequest request, ErrorCode errorCode) =>
        new() { Responses = request.Resources.ConvertAll(resource => Answer(resource, new ApiError(errorCode))) };

    private static AlterConfigsResourceResponse Answer(AlterConfigsResource resource, ApiError error) => new()
    {
        ErrorCode = error.Code,
        ErrorMessage = error.Message,
        ResourceType = resource.ResourceType,
        ResourceName = resource.ResourceName,
    };
}
