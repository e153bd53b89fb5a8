using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.AlterConfigsRequest;
using static Kafscale.Protocol.Messages.AlterConfigsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Replaces everything that is set on topics and groups.</summary>
internal sealed class AlterConfigsHandler(ConfigAlterations alterations) : RequestHandler<AlterConfigsRequest, AlterConfigsResponse>
{
    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, AlterConfigsRequest request, CancellationToken cancellationToken)
    {
        var errors = await alterations.AlterAsync(
            request.Resources.ConvertAll(resource => new ConfigAlteration
            {
                ResourceType = (ConfigResourceType)resource.ResourceType,
                ResourceName = resource.ResourceName,
                Changes = resource.Configs.ConvertAll(config => new ConfigChange(config.Name, ConfigOperation.Set, config.Value)),
                ReplacesAll = true,
                ValidateOnly = request.ValidateOnly,
            }),
            cancellationToken);
        return new AlterConfigsResponse { Responses = [.. request.Resources.Zip(errors, Answer)] };
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
