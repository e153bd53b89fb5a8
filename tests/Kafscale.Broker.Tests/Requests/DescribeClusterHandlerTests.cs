using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Requests;

public sealed class DescribeClusterHandlerTests
{
    private const short Newest = 2;

    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.DescribeCluster);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task All_live_brokers_are_described(short version)
    {
        await using var store = new MemoryMetadataStore(TimeProvider.System);
        await using var broker = await TestBroker.StartAsync(store);
        await using var other = await TestBroker.StartAsync(store, new() { NodeId = 1, LogDirectory = "memory" });
        await broker.Services.Follower.CatchUpAsync(TestContext.Current.CancellationToken);

        var response = await broker.AskAsync<DescribeClusterResponse>(new DescribeClusterRequest(), version);

        Assert.Equal((ErrorCode.None, null), (response.ErrorCode, response.ErrorMessage));
        Assert.Equal(broker.Cluster.ClusterId, response.ClusterId);
        Assert.Equal(0, response.ControllerId);
        Assert.Equal(
            [(0, "broker.test", 9092, "rack-1"), (1, "broker.test", 9092, "rack-1")],
            response.Brokers.Select(node => (node.BrokerId, node.Host, node.Port, node.Rack)));
        Assert.Equal(int.MinValue, response.ClusterAuthorizedOperations);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Authorized_operations_are_told_where_they_are_asked_for(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = await broker.AskAsync<DescribeClusterResponse>(
            new DescribeClusterRequest { IncludeClusterAuthorizedOperations = true }, version);

        Assert.Equal(AuthorizedOperations.Cluster, response.ClusterAuthorizedOperations);
    }

    [Theory]
    [InlineData(2, ErrorCode.MismatchedEndpointType)]
    [InlineData(0, ErrorCode.UnsupportedEndpointType)]
    [InlineData(9, ErrorCode.UnsupportedEndpointType)]
    public async Task Brokers_are_no_controllers(sbyte endpointType, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = await broker.AskAsync<DescribeClusterResponse>(new DescribeClusterRequest { EndpointType = endpointType }, Newest);

        Assert.Equal(expected, response.ErrorCode);
        Assert.NotNull(response.ErrorMessage);
    }
}
