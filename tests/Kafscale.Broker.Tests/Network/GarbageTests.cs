using System.Buffers.Binary;
using CsCheck;
using Kafscale.Broker.Network;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Network.RequestFramingTests;

namespace Kafscale.Broker.Tests.Network;

public sealed class GarbageTests
{
    private static readonly short[] Keys = [0, 3, 12, 18];

    private static readonly byte[][] ValidFrames =
    [
        TestClient.Frame(new ApiVersionsRequest { ClientSoftwareName = "a", ClientSoftwareVersion = "1" }, 3, 1),
        TestClient.Frame(Produce([1, 2, 3]), 9, 2),
        TestClient.Frame(Produce([1, 2, 3]), 3, 3),
        TestClient.Frame(new MetadataRequest { Topics = [new() { Name = "t" }] }, 9, 4),
        TestClient.Frame(new HeartbeatRequest { GroupId = "g", MemberId = "m" }, 4, 5),
    ];

    [Fact]
    public async Task Any_bytes_leave_the_other_connections_working()
    {
        await using var broker = Broker();
        using TestClient other = broker.Connect();

        await Gen.Byte.Array[0, 300].SampleAsync(
            async bytes =>
            {
                await SendAndHangUpAsync(broker, bytes);
                await other.ExpectWorkingAsync();
            },
            iter: 500,
            threads: 1);
    }

    [Fact]
    public async Task Any_body_in_a_frame_leaves_the_other_connections_working()
    {
        await using var broker = Broker();
        using TestClient other = broker.Connect();
        Gen<byte[]> frames = Gen.Select(Gen.Int[0, Keys.Length - 1], Gen.Short[0, 13], Gen.Byte.Array[6, 200], (which, version, body) =>
        {
            byte[] frame = [.. new byte[8], .. body];
            BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
            BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(4), Keys[which]);
            BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), version);
            return frame;
        });

        await frames.SampleAsync(
            async frame =>
            {
                await SendAndHangUpAsync(broker, frame);
                await other.ExpectWorkingAsync();
            },
            iter: 1000,
            threads: 1);
    }

    [Fact]
    public async Task Valid_requests_with_changed_bytes_leave_the_other_connections_working()
    {
        await using var broker = Broker();
        using TestClient other = broker.Connect();
        Gen<byte[]> frames = Gen.Select(Gen.Int[0, ValidFrames.Length - 1], Gen.Int[0, 1000], Gen.Byte, Gen.Int[0, 1000], (which, position, value, cut) =>
        {
            byte[] frame = [.. ValidFrames[which]];
            frame[position % frame.Length] = value;
            return cut < 500 ? frame : frame[..(cut % frame.Length)];
        });

        await frames.SampleAsync(
            async frame =>
            {
                await SendAndHangUpAsync(broker, frame);
                await other.ExpectWorkingAsync();
            },
            iter: 1000,
            threads: 1);
    }

    private static TestBroker Broker() => new(
        new TestHandler<ProduceRequest, ProduceResponse>(
            (_, request, _) => new(request.Acks == 0 ? null : new ProduceResponse()), mayOverlap: true, holdsPayload: true),
        new TestHandler<MetadataRequest, MetadataResponse>((_, _, _) => new(new MetadataResponse())),
        new TestHandler<HeartbeatRequest, HeartbeatResponse>((_, _, _) => new(new HeartbeatResponse())));

    private static async Task SendAndHangUpAsync(TestBroker broker, byte[] bytes)
    {
        TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);
        try
        {
            await client.SendAsync(bytes);
        }
        catch (InvalidOperationException)
        {
            // The broker has closed already.
        }

        client.Dispose();
        await ended.WaitAsync(TestClient.Patience);
    }
}
