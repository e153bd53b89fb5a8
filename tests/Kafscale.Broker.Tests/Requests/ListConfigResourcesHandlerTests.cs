using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;

namespace Kafscale.Broker.Tests.Requests;

public sealed class ListConfigResourcesHandlerTests
{
    [Fact]
    public async Task Version_0_lists_client_metrics_of_which_there_are_none()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));

        Assert.Empty((await AskAsync(broker, 0)).ConfigResources);
    }

    [Theory]
    [InlineData(new sbyte[0], "2:a 2:b 4:0 32:a/b 32:g")]
    [InlineData(new sbyte[] { 2 }, "2:a 2:b")]
    [InlineData(new sbyte[] { 4, 4 }, "4:0")]
    [InlineData(new sbyte[] { 8, 16 }, "")]
    [InlineData(new sbyte[] { 32 }, "32:a/b 32:g")]
    public async Task Topics_brokers_and_groups_have_configurations(sbyte[] types, string expected)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("b"), NewTopic("a"));
        await broker.SetOnGroupAsync("g", "consumer.session.timeout.ms", "50000");
        await broker.SetOnGroupAsync("a/b", "consumer.session.timeout.ms", "50000");

        var response = await AskAsync(broker, 1, types);

        Assert.Equal(ErrorCode.None, response.ErrorCode);
        Assert.Equal(expected, string.Join(' ', response.ConfigResources.Select(resource => $"{resource.ResourceType}:{resource.ResourceName}")));
    }

    [Fact]
    public async Task Unknown_types_are_refused()
    {
        await using var broker = await TestBroker.StartAsync();

        Assert.Equal(ErrorCode.UnsupportedVersion, (await AskAsync(broker, 1, 2, 3)).ErrorCode);
    }

    private static Task<ListConfigResourcesResponse> AskAsync(TestBroker broker, short version, params sbyte[] types) =>
        broker.AskAsync<ListConfigResourcesResponse>(new ListConfigResourcesRequest { ResourceTypes = [.. types] }, version);
}
