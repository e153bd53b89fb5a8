using System.Globalization;
using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.ListConfigResourcesResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Lists what has configurations (KIP-1142).</summary>
internal sealed class ListConfigResourcesHandler(ClusterState cluster) : RequestHandler<ListConfigResourcesRequest, ListConfigResourcesResponse>
{
    // Version 0 lists client metrics only.
    private const int FirstVersionWithTypes = 1;

    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, ListConfigResourcesRequest request, CancellationToken cancellationToken)
    {
        var response = new ListConfigResourcesResponse();
        if (context.ApiVersion < FirstVersionWithTypes)
        {
            return new(response);
        }

        if (request.ResourceTypes.Exists(type => !Enum.IsDefined((ConfigResourceType)type)))
        {
            response.ErrorCode = ErrorCode.UnsupportedVersion;
            return new(response);
        }

        if (Wants(request, ConfigResourceType.Topic))
        {
            response.ConfigResources.AddRange(cluster.Topics
                .Select(topic => topic.Name)
                .Order(StringComparer.Ordinal)
                .Select(name => Resource(name, ConfigResourceType.Topic)));
        }

        if (Wants(request, ConfigResourceType.Broker))
        {
            response.ConfigResources.AddRange(cluster.Brokers.Keys
                .Order()
                .Select(brokerId => Resource(brokerId.ToString(CultureInfo.InvariantCulture), ConfigResourceType.Broker)));
        }

        if (Wants(request, ConfigResourceType.Group))
        {
            response.ConfigResources.AddRange(cluster.ConfiguredGroups.Keys
                .Order(StringComparer.Ordinal)
                .Select(groupId => Resource(groupId, ConfigResourceType.Group)));
        }

        return new(response);
    }

    private static bool Wants(ListConfigResourcesRequest request, ConfigResourceType type) =>
        request.ResourceTypes.Count == 0 || request.ResourceTypes.Contains((sbyte)type);

    private static ConfigResource Resource(string name, ConfigResourceType type) =>
        new() { ResourceName = name, ResourceType = (sbyte)type };
}
