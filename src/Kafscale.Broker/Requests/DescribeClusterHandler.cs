using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.DescribeClusterResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Tells who is in the cluster (KIP-700).</summary>
internal sealed class DescribeClusterHandler(ClusterState cluster, ClusterOptions options)
    : RequestHandler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte Brokers = 1;
    private const sbyte Controllers = 2;

    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, DescribeClusterRequest request, CancellationToken cancellationToken) => new(request.EndpointType switch
        {
            Brokers => Describe(request),
            Controllers => Failed(
                ErrorCode.MismatchedEndpointType, "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"),
            _ => Failed(ErrorCode.UnsupportedEndpointType, $"Unsupported endpoint type {request.EndpointType}"),
        });

    private static DescribeClusterResponse Failed(ErrorCode errorCode, string message) =>
        new() { ErrorCode = errorCode, ErrorMessage = message };

    // There are no fenced brokers to include: one whose session has ended is not in the cluster any more.
    private DescribeClusterResponse Describe(DescribeClusterRequest request) => new()
    {
        ClusterId = cluster.ClusterId,
        ControllerId = ControllerChoice.Choose(cluster, options),
        Brokers =
        [
            .. cluster.Brokers.OrderBy(broker => broker.Key).Select(broker => new DescribeClusterBroker
            {
                BrokerId = broker.Key,
                Host = broker.Value.Record.Host,
                Port = broker.Value.Record.Port,
                Rack = broker.Value.Record.Rack.Length == 0 ? null : broker.Value.Record.Rack,
            }),
        ],
        ClusterAuthorizedOperations =
            request.IncludeClusterAuthorizedOperations ? AuthorizedOperations.Cluster : AuthorizedOperations.NotAsked,
    };
}
