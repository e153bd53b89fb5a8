using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.IncrementalAlterConfigsRequest;
using static Kafscale.Protocol.Messages.IncrementalAlterConfigsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Sets, removes, appends to and subtracts from what is set on topics and groups (KIP-339).</summary>
internal sealed class IncrementalAlterConfigsHandler(ConfigAlterations alterations)
    : RequestHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, IncrementalAlterConfigsRequest request, CancellationToken cancellationToken)
    {
        var errors = await alterations.AlterAsync(
            request.Resources.ConvertAll(resource => new ConfigAlteration
            {
                ResourceType = (ConfigResourceType)resource.ResourceType,
                ResourceName = resource.ResourceName,
                Changes = resource.Configs.ConvertAll(
                    config => new ConfigChange(config.Name, (ConfigOperation)config.ConfigOperation, config.Value)),
                ReplacesAll = false,
                ValidateOnly = request.ValidateOnly,
            }),
            cancellationToken);
        return new IncrementalAlterConfigsResponse { Responses = [.. request.Resources.Zip(errors, Answer)] };
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
