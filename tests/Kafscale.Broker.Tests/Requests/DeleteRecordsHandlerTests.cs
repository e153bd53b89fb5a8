using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.DeleteRecordsRequest;
using static Kafscale.Protocol.Messages.DeleteRecordsResponse;

namespace Kafscale.Broker.Tests.Requests;

public sealed class DeleteRecordsHandlerTests
{
    private const short Newest = 2;

    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.DeleteRecords);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task The_log_start_moves_to_the_offset(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));
        await broker.ProduceAsync("a", 0, 10);

        var result = await DeleteAsync(broker, "a", 0, 4, version);

        Assert.Equal((ErrorCode.None, 4), (result.ErrorCode, result.LowWatermark));
        Assert.Equal(4, broker.Cluster.Topics.Single().Partitions[0].LogStartOffset);
    }

    [Fact]
    public async Task Minus_one_is_the_high_watermark()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));
        await broker.ProduceAsync("a", 0, 10);

        Assert.Equal(10, (await DeleteAsync(broker, "a", 0, -1)).LowWatermark);
    }

    [Fact]
    public async Task The_log_start_never_moves_back()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));
        await broker.ProduceAsync("a", 0, 10);
        await DeleteAsync(broker, "a", 0, 6);

        var result = await DeleteAsync(broker, "a", 0, 2);

        Assert.Equal((ErrorCode.None, 6), (result.ErrorCode, result.LowWatermark));
    }

    [Theory]
    [InlineData("a", 0, 11, ErrorCode.OffsetOutOfRange)]
    [InlineData("a", 0, -2, ErrorCode.OffsetOutOfRange)]
    [InlineData("a", 1, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("a", -1, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("unknown", 0, 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("compacted", 0, 0, ErrorCode.PolicyViolation)]
    public async Task What_can_not_be_deleted_is_refused(string topic, int partition, long offset, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"), NewTopic("compacted", 1, -1, ("cleanup.policy", "compact")));
        await broker.ProduceAsync("a", 0, 10);

        var result = await DeleteAsync(broker, topic, partition, offset);

        Assert.Equal((expected, -1), (result.ErrorCode, result.LowWatermark));
    }

    [Fact]
    public async Task Only_the_leader_deletes()
    {
        await using var broker = await TestBroker.StartAsync(leads: false);
        await broker.CreateAsync(NewTopic("a"));

        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await DeleteAsync(broker, "a", 0, 0)).ErrorCode);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_failure_of_the_broker_is_told_for_every_partition(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = broker.Fail<DeleteRecordsResponse>(Request("a", 0, 0), version, ErrorCode.UnknownServerError);

        Assert.Equal(ErrorCode.UnknownServerError, Assert.Single(Assert.Single(response!.Topics).Partitions).ErrorCode);
    }

    private static DeleteRecordsRequest Request(string topic, int partition, long offset) => new()
    {
        TimeoutMs = 30_000,
        Topics =
        [
            new DeleteRecordsTopic
            {
                Name = topic,
                Partitions = [new DeleteRecordsPartition { PartitionIndex = partition, Offset = offset }],
            },
        ],
    };

    private static async Task<DeleteRecordsPartitionResult> DeleteAsync(
        TestBroker broker, string topic, int partition, long offset, short version = Newest)
    {
        var response = await broker.AskAsync<DeleteRecordsResponse>(Request(topic, partition, offset), version);
        return Assert.Single(Assert.Single(response.Topics).Partitions);
    }
}
