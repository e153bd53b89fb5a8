using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.DescribeLogDirsRequest;

namespace Kafscale.Broker.Tests.Requests;

public sealed class DescribeLogDirsHandlerTests
{
    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.DescribeLogDirs);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task The_object_store_is_the_one_directory(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 2), NewTopic("b"));
        await broker.ProduceAsync("a", 1, 100);

        var response = await broker.AskAsync<DescribeLogDirsResponse>(new DescribeLogDirsRequest { Topics = null }, version);

        Assert.Equal(ErrorCode.None, response.ErrorCode);
        var directory = Assert.Single(response.Results);
        Assert.Equal((ErrorCode.None, "memory"), (directory.ErrorCode, directory.LogDir));
        Assert.Equal((-1, -1), (directory.TotalBytes, directory.UsableBytes));
        Assert.Equal(["a", "b"], directory.Topics.Select(topic => topic.Name));
        var sizes = directory.Topics[0].Partitions.Select(partition => partition.PartitionSize).ToList();
        Assert.Equal(0, sizes[0]);
        Assert.InRange(sizes[1], 500, 2_000);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Only_the_partitions_that_are_asked_for_are_described(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 3), NewTopic("b"));

        var response = await broker.AskAsync<DescribeLogDirsResponse>(
            new DescribeLogDirsRequest
            {
                Topics =
                [
                    new DescribableLogDirTopic { Topic = "a", Partitions = [2, 9, -1, 2] },
                    new DescribableLogDirTopic { Topic = "unknown", Partitions = [0] },
                ],
            },
            version);

        var topic = Assert.Single(Assert.Single(response.Results).Topics);
        Assert.Equal("a", topic.Name);
        Assert.Equal([2], topic.Partitions.Select(partition => partition.PartitionIndex));
    }

    [Fact]
    public async Task Partitions_of_other_leaders_are_not_counted()
    {
        await using var broker = await TestBroker.StartAsync(leads: false);
        await broker.CreateAsync(NewTopic("a"));

        var response = await broker.AskAsync<DescribeLogDirsResponse>(new DescribeLogDirsRequest { Topics = null }, 4);

        Assert.Empty(Assert.Single(response.Results).Topics);
    }
}
