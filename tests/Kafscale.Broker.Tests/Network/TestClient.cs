using System.Buffers;
using System.Buffers.Binary;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Network;

/// <summary>The client's end of a connection.</summary>
internal sealed class TestClient(Stream stream) : IDisposable
{
    /// <summary>A test that waits longer than this hangs.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A whole frame: length, header, request.</summary>
    public static byte[] Frame(IRequestMessage request, short version, int correlationId, string? clientId = "test")
    {
        short headerVersion = ApiCatalog.RequestHeaderVersion(request.ApiKey, version);
        var header = new RequestHeader
        {
            RequestApiKey = (short)request.ApiKey,
            RequestApiVersion = version,
            CorrelationId = correlationId,
            ClientId = clientId,
        };
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(output);
        writer.WriteInt32(header.Size(headerVersion) + request.Size(version));
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        writer.Complete();
        return output.WrittenSpan.ToArray();
    }

    public async Task SendAsync(params byte[][] frames)
    {
        foreach (byte[] frame in frames)
        {
            await stream.WriteAsync(frame).AsTask().WaitAsync(Patience);
        }

        await stream.FlushAsync().WaitAsync(Patience);
    }

    public Task SendAsync(IRequestMessage request, short version, int correlationId) => SendAsync(Frame(request, version, correlationId));

    /// <summary>The next response, which must be of this type and version.</summary>
    public async Task<(int CorrelationId, TResponse Response)> ReceiveAsync<TResponse>(short version)
        where TResponse : IResponseMessage, new()
    {
        byte[] length = new byte[4];
        await stream.ReadExactlyAsync(length).AsTask().WaitAsync(Patience);
        byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        await stream.ReadExactlyAsync(frame).AsTask().WaitAsync(Patience);
        return Parse<TResponse>(frame, version);
    }

    /// <summary>Waits until the broker closes, and fails where it sends anything before.</summary>
    public async Task ExpectClosedAsync()
    {
        int read;
        try
        {
            read = await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience);
        }
        catch (Exception exception) when (exception is IOException or Kafscale.Broker.Network.ConnectionFaultException)
        {
            return;
        }

        Assert.Equal(0, read);
    }

    /// <summary>Asks for the API versions and checks that there is an answer.</summary>
    public async Task ExpectWorkingAsync(int correlationId = 4711)
    {
        await SendAsync(new ApiVersionsRequest(), 0, correlationId);
        (int answered, ApiVersionsResponse response) = await ReceiveAsync<ApiVersionsResponse>(0);
        Assert.Equal(correlationId, answered);
        Assert.Equal(ErrorCode.None, response.ErrorCode);
    }

    public void Dispose() => stream.Dispose();

    private static (int CorrelationId, TResponse Response) Parse<TResponse>(byte[] frame, short version)
        where TResponse : IResponseMessage, new()
    {
        var response = new TResponse();
        var header = new ResponseHeader();
        var reader = new MessageReader(frame);
        header.Read(ref reader, ApiCatalog.ResponseHeaderVersion(response.ApiKey, version));
        response.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
        return (header.CorrelationId, response);
    }
}
