using System.Buffers;
using Kafscale.Protocol.Messages;

namespace Kafscale.Protocol.Tests.Messages;

/// <summary>Bytes worked out by hand from the protocol's description, so that reading and writing agree with more than each other.</summary>
public sealed class GoldenBytesTests
{
    private static readonly Guid TopicId = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");

    private const string TopicIdHex = "00112233445566778899aabbccddeeff";

    [Fact]
    public void Request_header_version_1() => AssertBytes(
        new RequestHeader { RequestApiKey = 18, RequestApiVersion = 2, CorrelationId = 7, ClientId = "kcat" },
        version: 1,
        "0012 0002 00000007" + "0004 6b636174");

    [Fact]
    public void Request_header_version_2_keeps_the_classic_client_id_and_adds_tagged_fields() => AssertBytes(
        new RequestHeader { RequestApiKey = 18, RequestApiVersion = 3, CorrelationId = 7, ClientId = null },
        version: 2,
        "0012 0003 00000007" + "ffff" + "00");

    [Fact]
    public void Response_headers()
    {
        AssertBytes(new ResponseHeader { CorrelationId = 258 }, version: 0, "00000102");
        AssertBytes(new ResponseHeader { CorrelationId = 258 }, version: 1, "00000102" + "00");
    }

    [Fact]
    public void ApiVersions_request_version_0_is_empty() => AssertBytes(new ApiVersionsRequest(), version: 0, "");

    [Fact]
    public void ApiVersions_request_version_3() => AssertBytes(
        new ApiVersionsRequest { ClientSoftwareName = "kcat", ClientSoftwareVersion = "1.7" },
        version: 3,
        "05 6b636174" + "04 312e37" + "00");

    [Fact]
    public void ApiVersions_response_version_0() => AssertBytes(
        new ApiVersionsResponse { ErrorCode = ErrorCode.UnsupportedVersion, ApiKeys = { new() { ApiKey = 18, MaxVersion = 4 } } },
        version: 0,
        "0023" + "00000001" + "0012 0000 0004");

    [Fact]
    public void ApiVersions_response_version_3_with_a_feature_and_its_epoch() => AssertBytes(
        new ApiVersionsResponse
        {
            ApiKeys = { new() { ApiKey = 3, MinVersion = 1, MaxVersion = 13 } },
            ThrottleTimeMs = 100,
            SupportedFeatures = [new() { Name = "f", MinVersion = 1, MaxVersion = 2 }],
            FinalizedFeaturesEpoch = 5,
        },
        version: 3,
        "0000" + "02 0003 0001 000d 00" + "00000064"
        + "02"
        + "00 08" + "02 0266 0001 0002 00"
        + "01 08" + "0000000000000005");

    [Fact]
    public void Metadata_request_version_0_for_one_topic() => AssertBytes(
        new MetadataRequest { Topics = [new() { Name = "ab" }] },
        version: 0,
        "00000001" + "0002 6162");

    [Fact]
    public void Metadata_request_version_4_for_all_topics() => AssertBytes(
        new MetadataRequest { Topics = null, AllowAutoTopicCreation = false },
        version: 4,
        "ffffffff" + "00");

    [Fact]
    public void Metadata_request_version_12_for_a_topic_id() => AssertBytes(
        new MetadataRequest { Topics = [new() { TopicId = TopicId, Name = null }], IncludeTopicAuthorizedOperations = true },
        version: 12,
        "02" + TopicIdHex + "00" + "00" + "01" + "01" + "00");

    [Fact]
    public void Metadata_response_version_1() => AssertBytes(
        new MetadataResponse
        {
            Brokers = { new() { NodeId = 1, Host = "h", Port = 9092, Rack = null } },
            ControllerId = 1,
            Topics =
            {
                new()
                {
                    Name = "t",
                    Partitions = { new() { PartitionIndex = 0, LeaderId = 1, ReplicaNodes = { 1 }, IsrNodes = { 1 } } },
                },
            },
        },
        version: 1,
        "00000001" + "00000001 0001 68 00002384 ffff"
        + "00000001"
        + "00000001" + "0000 0001 74 00"
        + "00000001" + "0000 00000000 00000001" + "00000001 00000001" + "00000001 00000001");

    [Fact]
    public void Produce_request_version_3() => AssertBytes(
        ProduceRequest("t", default),
        version: 3,
        "ffff" + "ffff" + "00007530"
        + "00000001" + "0001 74" + "00000001" + "00000000" + "00000003 010203");

    [Fact]
    public void Produce_request_version_9() => AssertBytes(
        ProduceRequest("t", default),
        version: 9,
        "00" + "ffff" + "00007530"
        + "02" + "02 74" + "02" + "00000000" + "04 010203" + "00" + "00" + "00");

    [Fact]
    public void Produce_request_version_13_names_the_topic_by_its_id() => AssertBytes(
        ProduceRequest("", TopicId),
        version: 13,
        "00" + "ffff" + "00007530"
        + "02" + TopicIdHex + "02" + "00000000" + "04 010203" + "00" + "00" + "00");

    [Fact]
    public void Produce_response_version_10_with_the_current_leader() => AssertBytes(
        new ProduceResponse
        {
            Responses =
            {
                new()
                {
                    Name = "t",
                    PartitionResponses =
                    {
                        new()
                        {
                            Index = 1,
                            ErrorCode = ErrorCode.NotLeaderOrFollower,
                            BaseOffset = -1,
                            CurrentLeader = new() { LeaderId = 2, LeaderEpoch = 3 },
                        },
                    },
                },
            },
        },
        version: 10,
        "02" + "02 74" + "02"
        + "00000001 0006 ffffffffffffffff ffffffffffffffff ffffffffffffffff" + "01" + "00"
        + "01" + "00 09" + "00000002 00000003 00"
        + "00"
        + "00000000" + "00");

    [Fact]
    public void Fetch_request_version_4() => AssertBytes(
        new FetchRequest
        {
            MaxWaitMs = 500,
            MinBytes = 1,
            MaxBytes = 0x100000,
            IsolationLevel = 1,
            Topics = { new() { Topic = "t", Partitions = { new() { FetchOffset = 5, PartitionMaxBytes = 0x1000 } } } },
        },
        version: 4,
        "ffffffff 000001f4 00000001 00100000 01"
        + "00000001" + "0001 74" + "00000001" + "00000000 0000000000000005 00001000");

    [Fact]
    public void Fetch_response_version_4_with_records_and_an_aborted_transaction() => AssertBytes(
        new FetchResponse
        {
            Responses =
            {
                new()
                {
                    Topic = "t",
                    Partitions =
                    {
                        new()
                        {
                            HighWatermark = 9,
                            LastStableOffset = 8,
                            AbortedTransactions = [new() { ProducerId = 1, FirstOffset = 2 }],
                            Records = new ReadOnlySequence<byte>((byte[])[0xCA, 0xFE]),
                        },
                    },
                },
            },
        },
        version: 4,
        "00000000"
        + "00000001" + "0001 74" + "00000001"
        + "00000000 0000 0000000000000009 0000000000000008"
        + "00000001 0000000000000001 0000000000000002"
        + "00000002 cafe");

    [Fact]
    public void A_nullable_struct_has_a_byte_before_it()
    {
        AssertBytes(
            new DescribeTopicPartitionsRequest { ResponsePartitionLimit = 2, Cursor = null },
            version: 0,
            "01" + "00000002" + "ff" + "00");
        AssertBytes(
            new DescribeTopicPartitionsRequest { ResponsePartitionLimit = 2, Cursor = new() { TopicName = "t", PartitionIndex = 1 } },
            version: 0,
            "01" + "00000002" + "01" + "0274 00000001 00" + "00");
    }

    [Fact]
    public void Consumer_subscription_version_1() => AssertBytes(
        new ConsumerProtocolSubscription
        {
            Topics = { "a", "b" },
            UserData = [0x2A],
            OwnedPartitions = { new() { Topic = "a", Partitions = { 3 } } },
        },
        version: 1,
        "00000002 0001 61 0001 62" + "00000001 2a" + "00000001 0001 61 00000001 00000003");

    [Fact]
    public void Unknown_tagged_fields_are_kept_and_written_back()
    {
        const string hex = "05 6b636174" + "04 312e37" + "02" + "05 03 010203" + "8101 00";

        ApiVersionsRequest request = MessageBytes.ReadHex<ApiVersionsRequest>(hex, version: 4);

        Assert.Equal([5, 129], request.UnknownTaggedFields!.Select(field => field.Tag));
        Assert.Equal([1, 2, 3], request.UnknownTaggedFields![0].Data);
        AssertBytes(request, version: 4, hex);
    }

    [Fact]
    public void A_tag_that_a_later_version_gave_a_meaning_is_unknown_before()
    {
        // Tag 1 of the fetch request is the replica state from version 15; in version 12 it is somebody else's.
        const string hex = "ffffffff 00000000 00000000 00000000 00 00000000 00000000 01 01 01" + "01" + "01 02 abcd";

        FetchRequest request = MessageBytes.ReadHex<FetchRequest>(hex, version: 12);

        Assert.Null(request.ReplicaState);
        Assert.Equal(new byte[] { 0xAB, 0xCD }, request.UnknownTaggedFields![0].Data);
    }

    private static ProduceRequest ProduceRequest(string topic, Guid topicId) => new()
    {
        Acks = -1,
        TimeoutMs = 30_000,
        TopicData =
        {
            new()
            {
                Name = topic,
                TopicId = topicId,
                PartitionData = { new() { Records = new ReadOnlySequence<byte>((byte[])[1, 2, 3]) } },
            },
        },
    };

    private static void AssertBytes<T>(T message, short version, string hex)
        where T : IMessage, new()
    {
        Assert.Equal(hex.Replace(" ", "", StringComparison.Ordinal), MessageBytes.WriteHex(message, version));
        Assert.Equal(MessageText.Of(message), MessageText.Of(MessageBytes.ReadHex<T>(hex, version)));
    }
}
