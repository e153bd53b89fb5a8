using System.Text;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Records;
using Kafscale.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>Producers before Kafka 0.11, which send message sets.</summary>
public sealed class OldProducerTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    public async Task Messages_are_stored_as_records(short version, byte magic)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "before");
        var earliest = cluster.TimeProvider.GetUtcNow().ToUnixTimeMilliseconds();

        var response = await broker.ProduceOldAsync(version, "orders", 0, Message(magic, "a"), Message(magic, "b"));

        Assert.Equal((ErrorCode.None, 1, -1), (response.ErrorCode, response.BaseOffset, response.LogAppendTimeMs));
        var records = await broker.ReadAsync("orders", offset: 1);
        Assert.Equal([(1, "a"), (2, "b")], records.Select(record => (record.Offset, record.Value)));
        Assert.All(records, record => Assert.True(magic == 1 ? record.Timestamp == Batches.Timestamp : record.Timestamp >= earliest));
    }

    [Theory]
    [InlineData(0, CompressionType.Gzip)]
    [InlineData(1, CompressionType.Gzip)]
    [InlineData(0, CompressionType.Snappy)]
    [InlineData(1, CompressionType.Snappy)]
    [InlineData(0, CompressionType.Lz4)]
    [InlineData(1, CompressionType.Lz4)]
    public async Task Compressed_messages_stay_compressed(byte magic, CompressionType type)
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var value = new string('x', 10_000);

        var response = await broker.ProduceOldAsync(2, "orders", 0, MessageSetBytes.Wrapper(magic, type, [.. Message(magic, value), .. Message(magic, "b")]));

        Assert.Equal((ErrorCode.None, 0), (response.ErrorCode, response.BaseOffset));
        var fetched = await broker.FetchAsync("orders", 0, 0);
        Assert.Equal([value, "b"], fetched.Records.Select(record => record.Value));
        Assert.InRange(fetched.Length, 1, 1_000);
    }

    [Fact]
    public async Task A_topic_with_the_brokers_time_gets_it_and_tells_it()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000));
        await using var cluster = new TestCluster(time);
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("message.timestamp.type", "LogAppendTime"));

        var response = await broker.ProduceOldAsync(2, "orders", 0, Message(1, "a"));

        Assert.Equal(1_800_000_000_000, response.LogAppendTimeMs);
        var message = Assert.Single((await broker.FetchOldAsync(2, "orders", 0, 0)).Messages);
        Assert.Equal(new OldMessage(0, 1, 1_800_000_000_000, TimestampType.LogAppendTime, null, "a"), message);
    }

    [Fact]
    public async Task What_is_wrong_with_messages_is_told_in_codes_that_these_producers_know()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("max.message.bytes", "1000"));
        await cluster.CreateTopicAsync("compacted", 1, ("cleanup.policy", "compact"));
        var damaged = Message(1, "a");
        damaged[^1] ^= 1;

        Assert.Equal(ErrorCode.CorruptMessage, await ErrorAsync("orders", damaged));
        Assert.Equal(ErrorCode.CorruptMessage, await ErrorAsync("orders", Message(1, "a")[..^1]));
        Assert.Equal(ErrorCode.CorruptMessage, await ErrorAsync("orders"));
        Assert.Equal(ErrorCode.CorruptMessage, await ErrorAsync("orders", Batches.Of("a batch")));
        Assert.Equal(ErrorCode.CorruptMessage, await ErrorAsync("orders", MessageSetBytes.Wrapper(1, CompressionType.Zstd, Message(1, "a"))));
        Assert.Equal(ErrorCode.CorruptMessage, await ErrorAsync("compacted", Message(1, "without a key")));
        Assert.Equal(ErrorCode.MessageTooLarge, await ErrorAsync("orders", Message(1, new string('x', 1_000))));
        Assert.Equal(ErrorCode.InvalidTimestamp, await ErrorAsync("orders", MessageSetBytes.Message(1, null, [1], 1, MessageSetBytes.LogAppendTime)));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await ErrorAsync("unknown", Message(1, "a")));
        Assert.Empty(await broker.ReadAsync("orders"));

        async Task<ErrorCode> ErrorAsync(string topic, params byte[][] messages) => (await broker.ProduceOldAsync(2, topic, 0, messages)).ErrorCode;
    }

    [Fact]
    public async Task A_set_of_many_messages_may_be_larger_than_one_message_may()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders", 1, ("max.message.bytes", "1000"));
        string[] values = [.. Enumerable.Range(0, 10).Select(i => $"{i}{new string('x', 700)}")];

        var response = await broker.ProduceOldAsync(1, "orders", 0, [.. values.Select(value => Message(0, value))]);

        Assert.Equal((ErrorCode.None, 0), (response.ErrorCode, response.BaseOffset));
        Assert.Equal(values, await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task Later_producers_may_not_send_message_sets()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");

        Assert.Equal(ErrorCode.InvalidRecord, (await broker.ProduceOldAsync(3, "orders", 0, Message(1, "a"))).ErrorCode);
        Assert.Equal(ErrorCode.InvalidRecord, (await broker.ProduceOldAsync(9, "orders", 0, Message(0, "a"))).ErrorCode);
    }

    [Fact]
    public async Task Messages_without_a_time_are_found_by_when_they_came()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000));
        await using var cluster = new TestCluster(time);
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await broker.ProduceOldAsync(0, "orders", 0, Message(0, "a"));
        time.Advance(TimeSpan.FromSeconds(1));
        await broker.ProduceOldAsync(0, "orders", 0, Message(0, "b"));

        Assert.Equal(1, (await broker.ListOffsetAsync("orders", 0, 1_800_000_000_001)).Offset);
    }

    private static byte[] Message(byte magic, string value) => MessageSetBytes.Message(magic, null, Encoding.UTF8.GetBytes(value), Batches.Timestamp);
}
