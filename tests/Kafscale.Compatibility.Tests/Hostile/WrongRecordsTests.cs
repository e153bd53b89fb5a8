using System.Buffers.Binary;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;

namespace Kafscale.Compatibility.Tests.Hostile;

/// <summary>Record batches that are not what they say are refused one by one, and nothing of them is stored.</summary>
public sealed class WrongRecordsTests(BrokerFixture fixture) : HostileContract(fixture), IClassFixture<BrokerFixture>
{
    private const short Version = 9;

    // Positions in a batch: https://kafka.apache.org/documentation/#recordbatch
    private const int BatchLengthPosition = 8;
    private const int MagicPosition = 16;
    private const int CrcPosition = 17;
    private const int AttributesPosition = 21;
    private const int LastOffsetDeltaPosition = 23;
    private const int RecordCountPosition = 57;

    [Fact]
    public async Task A_wrong_crc_is_answered_with_CORRUPT_MESSAGE()
    {
        var batch = PlausibleRequests.Batch();
        batch[^1] ^= 1;

        await AssertRefusedAsync(batch, ErrorCode.CorruptMessage);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Another_magic_is_refused(byte magic)
    {
        var batch = PlausibleRequests.Batch();
        batch[MagicPosition] = magic;

        await AssertRefusedAsync(batch);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(40)]
    [InlineData(int.MaxValue)]
    public async Task A_batch_length_that_can_not_be_is_refused(int length)
    {
        var batch = PlausibleRequests.Batch();
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(BatchLengthPosition), length);

        await AssertRefusedAsync(batch);
    }

    [Theory]
    [InlineData(RecordCountPosition, -1)]
    [InlineData(RecordCountPosition, 0)]
    [InlineData(RecordCountPosition, 2)]
    [InlineData(RecordCountPosition, int.MaxValue)]
    [InlineData(LastOffsetDeltaPosition, -1)]
    [InlineData(LastOffsetDeltaPosition, 5)]
    public async Task A_count_that_contradicts_the_batch_is_refused_also_with_a_right_crc(int position, int value)
    {
        var batch = PlausibleRequests.Batch();
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(position), value);

        await AssertRefusedAsync(WithRightCrc(batch));
    }

    [Fact]
    public async Task An_unknown_codec_is_refused()
    {
        var batch = PlausibleRequests.Batch();
        batch[AttributesPosition + 1] = 7;

        await AssertRefusedAsync(WithRightCrc(batch));
    }

    [Fact]
    public async Task No_records_at_all_are_refused()
    {
        await AssertRefusedAsync([]);
        await AssertRefusedAsync(PlausibleRequests.Batch()[..30]);
        await AssertRefusedAsync([.. PlausibleRequests.Batch(), 1, 2, 3]);
    }

    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Records_that_are_small_only_while_they_are_compressed_take_bounded_memory(CompressionType compression)
    {
        const int ValueBytes = 200 << 20;
        var topic = await CreateTopicAsync();
        var batch = PlausibleRequests.Batch(compression, ValueBytes);
        var before = ResidentBytes();
        using var connection = await OpenAsync();

        for (var i = 0; i < 5; i++)
        {
            await connection.AskAsync<ProduceResponse>(PlausibleRequests.Produce(topic, batch), Version);
            var found = await connection.AskAsync<ListOffsetsResponse>(Lookup(topic), 2);
            Assert.Equal(ErrorCode.None, (ErrorCode)found.Topics[0].Partitions[0].ErrorCode);
        }

        AssertGrowthBelow(400, before);
    }

    [Fact]
    public async Task A_batch_that_is_larger_than_the_topic_permits_is_refused_and_the_next_one_is_taken()
    {
        var topic = await CreateTopicAsync(("max.message.bytes", "10000"));
        using var connection = await OpenAsync();

        var refused = await connection.AskAsync<ProduceResponse>(PlausibleRequests.Produce(topic, PlausibleRequests.Batch(valueBytes: 20_000)), Version);
        Assert.Equal(ErrorCode.MessageTooLarge, ErrorOf(refused));

        var taken = await connection.AskAsync<ProduceResponse>(PlausibleRequests.Produce(topic, PlausibleRequests.Batch()), Version);
        Assert.Equal(ErrorCode.None, ErrorOf(taken));
    }

    private static ErrorCode ErrorOf(ProduceResponse response) => (ErrorCode)response.Responses[0].PartitionResponses[0].ErrorCode;

    private static ListOffsetsRequest Lookup(string topic) => new()
    {
        ReplicaId = -1,
        Topics =
        [
            new ListOffsetsRequest.ListOffsetsTopic
            {
                Name = topic,
                Partitions = [new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = 0, Timestamp = 1_600_000_000_000 }],
            },
        ],
    };

    private static byte[] WithRightCrc(byte[] batch)
    {
        BinaryPrimitives.WriteUInt32BigEndian(batch.AsSpan(CrcPosition), Crc32C.Compute(batch.AsSpan(AttributesPosition)));
        return batch;
    }

    private async Task<string> CreateTopicAsync(params (string Name, string Value)[] configs)
    {
        var topic = $"wrong-{Guid.NewGuid():n}";
        await ConfluentClient.Instance.CreateTopicAsync(
            Broker.BootstrapServers, topic, 1, configs.ToDictionary(config => config.Name, config => config.Value));
        return topic;
    }

    private async Task AssertRefusedAsync(byte[] records, ErrorCode? expected = null)
    {
        var topic = await CreateTopicAsync();
        using var connection = await OpenAsync();

        var response = await connection.AskAsync<ProduceResponse>(PlausibleRequests.Produce(topic, records), Version);

        var error = ErrorOf(response);
        Assert.NotEqual(ErrorCode.None, error);
        Assert.NotEqual(ErrorCode.UnknownServerError, error);
        if (expected is { } code)
        {
            Assert.Equal(code, error);
        }

        // The same connection goes on, and the log has nothing of what was refused.
        var next = await connection.AskAsync<ProduceResponse>(PlausibleRequests.Produce(topic, PlausibleRequests.Batch()), Version);
        Assert.Equal(ErrorCode.None, ErrorOf(next));
        Assert.Equal(0, next.Responses[0].PartitionResponses[0].BaseOffset);
        Assert.Equal(1, (await ConfluentClient.EndsAsync(Broker.BootstrapServers, topic))[0]);
    }
}
