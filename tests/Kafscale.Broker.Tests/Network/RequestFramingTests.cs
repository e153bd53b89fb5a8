using System.Buffers;
using System.Buffers.Binary;
using Kafscale.Broker.Network;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Network;

public sealed class RequestFramingTests
{
    [Fact]
    public async Task A_request_is_answered_with_its_correlation_id()
    {
        await using var broker = new TestBroker();
        using TestClient client = broker.Connect();

        await client.ExpectWorkingAsync(correlationId: 42);
    }

    [Fact]
    public async Task A_request_that_arrives_byte_by_byte_is_answered()
    {
        await using var broker = new TestBroker();
        using TestClient client = broker.Connect();

        foreach (byte next in TestClient.Frame(new ApiVersionsRequest(), 0, 7))
        {
            await client.SendAsync([next]);
        }

        Assert.Equal(7, (await client.ReceiveAsync<ApiVersionsResponse>(0)).CorrelationId);
    }

    [Fact]
    public async Task Requests_that_arrive_together_are_all_answered_in_order()
    {
        await using var broker = new TestBroker();
        using TestClient client = broker.Connect();

        byte[] together = [.. Enumerable.Range(0, 200).SelectMany(id => TestClient.Frame(new ApiVersionsRequest(), 0, id))];
        Task sending = client.SendAsync(together);
        for (int id = 0; id < 200; id++)
        {
            Assert.Equal(id, (await client.ReceiveAsync<ApiVersionsResponse>(0)).CorrelationId);
        }

        await sending;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(9)]
    [InlineData(int.MaxValue)]
    [InlineData(104857601)]
    public async Task An_impossible_length_closes_that_connection_only(int length)
    {
        await using var broker = new TestBroker();
        using TestClient other = broker.Connect();
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        byte[] prefix = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, length);
        await client.SendAsync(prefix);

        await client.ExpectClosedAsync();
        Assert.Equal(ConnectionCloseReason.InvalidFrameLength, await ended);
        Assert.Single(broker.Log.Lines);
        await other.ExpectWorkingAsync();
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(65536)]
    [InlineData(1024 * 1024)]
    public async Task A_request_larger_than_the_pipe_arrives_whole(int pauseBytes)
    {
        byte[] sent = new byte[3 * 1024 * 1024];
        new Random(1).NextBytes(sent);
        byte[]? received = null;
        await using var broker = new TestBroker(ProduceHandler((_, request) => received = Records(request)));
        using TestClient client = broker.Connect(inputPauseBytes: pauseBytes);

        await client.SendAsync(Produce(sent), 9, 1);

        Assert.Equal(1, (await client.ReceiveAsync<ProduceResponse>(9)).CorrelationId);
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Requests_arrive_whole_through_a_reader_of_a_stream_as_TLS_has_it()
    {
        var received = new List<byte[]>();
        await using var broker = new TestBroker(ProduceHandler((_, request) => received.Add(Records(request))));
        using TestClient client = broker.ConnectThroughStreams();
        byte[][] sent = [.. new[] { 1, 1000, 70_000, 1_000_000, 5 }.Select(size => Enumerable.Range(0, size).Select(i => (byte)(i * 31)).ToArray())];

        foreach (byte[] records in sent)
        {
            await client.SendAsync(Produce(records), 9, records.Length);
            Assert.Equal(records.Length, (await client.ReceiveAsync<ProduceResponse>(9)).CorrelationId);
        }

        Assert.Equal(sent, received);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(13)]
    [InlineData(30)]
    public async Task A_frame_that_is_cut_off_ends_the_connection_quietly(int missingBytes)
    {
        await using var broker = new TestBroker();
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        byte[] frame = TestClient.Frame(new ApiVersionsRequest { ClientSoftwareName = "somebody", ClientSoftwareVersion = "1.0.0" }, 3, 1);
        await client.SendAsync(frame[..^missingBytes]);
        client.Dispose();

        Assert.Equal(ConnectionCloseReason.ClientClosed, await ended.WaitAsync(TestClient.Patience));
        Assert.Empty(broker.Log.Lines);
    }

    [Theory]
    [InlineData((short)999, (short)0)]
    [InlineData((short)-1, (short)0)]
    [InlineData((short)0, (short)9)]
    [InlineData((short)12, (short)99)]
    public async Task An_api_or_version_that_is_not_there_closes_the_connection_before_its_body_is_received(short apiKey, short version)
    {
        await using var broker = new TestBroker(new TestHandler<HeartbeatRequest, HeartbeatResponse>((_, _, _) => new(new HeartbeatResponse())));
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        byte[] beginning = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(beginning, 50 * 1024 * 1024);
        BinaryPrimitives.WriteInt16BigEndian(beginning.AsSpan(4), apiKey);
        BinaryPrimitives.WriteInt16BigEndian(beginning.AsSpan(6), version);
        await client.SendAsync(beginning);

        await client.ExpectClosedAsync();
        Assert.Equal(ConnectionCloseReason.UnsupportedApi, await ended);
    }

    [Fact]
    public async Task An_unknown_version_of_ApiVersions_is_answered_in_version_0_with_what_there_is()
    {
        await using var broker = new TestBroker();
        using TestClient client = broker.Connect();

        byte[] frame = TestClient.Frame(new ApiVersionsRequest { ClientSoftwareName = "future", ClientSoftwareVersion = "9" }, 3, 5);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), 99);
        await client.SendAsync(frame);

        (int correlationId, ApiVersionsResponse response) = await client.ReceiveAsync<ApiVersionsResponse>(0);
        Assert.Equal(5, correlationId);
        Assert.Equal(ErrorCode.UnsupportedVersion, response.ErrorCode);
        Assert.Equal((short)ApiKey.ApiVersions, Assert.Single(response.ApiKeys).ApiKey);
        await client.ExpectWorkingAsync();
    }

    [Fact]
    public async Task A_malformed_body_closes_that_connection_only()
    {
        await using var broker = new TestBroker();
        using TestClient other = broker.Connect();
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        byte[] frame = TestClient.Frame(new ApiVersionsRequest { ClientSoftwareName = "somebody" }, 3, 1);
        frame[^12] = 0xFF;
        await client.SendAsync(frame);

        await client.ExpectClosedAsync();
        Assert.Equal(ConnectionCloseReason.MalformedRequest, await ended);
        await other.ExpectWorkingAsync();
    }

    [Fact]
    public async Task Bytes_behind_the_body_are_ignored()
    {
        await using var broker = new TestBroker();
        using TestClient client = broker.Connect();

        byte[] frame = [.. TestClient.Frame(new ApiVersionsRequest(), 0, 3), 1, 2, 3];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        await client.SendAsync(frame);

        Assert.Equal(3, (await client.ReceiveAsync<ApiVersionsResponse>(0)).CorrelationId);
        await client.ExpectWorkingAsync();
    }

    internal static ProduceRequest Produce(byte[] records, short acks = -1) => new()
    {
        Acks = acks,
        TimeoutMs = 1000,
        TopicData =
        [
            new() { Name = "t", PartitionData = [new() { Index = 0, Records = new ReadOnlySequence<byte>(records) }] },
        ],
    };

    internal static byte[] Records(ProduceRequest request) => request.TopicData[0].PartitionData[0].Records!.Value.ToArray();

    private static TestHandler<ProduceRequest, ProduceResponse> ProduceHandler(
        Action<Kafscale.Broker.Requests.RequestContext, ProduceRequest> seen) => new(
        (context, request, _) =>
        {
            seen(context, request);
            return new(new ProduceResponse());
        },
        mayOverlap: true,
        holdsPayload: true);
}
