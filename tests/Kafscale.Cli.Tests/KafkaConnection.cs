using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Cli.Tests;

/// <summary>A connection to one broker, for one request at a time.</summary>
internal sealed class KafkaConnection : IAsyncDisposable
{
    private const string ClientId = "kafscale-cli";
    private const int MaxResponseBytes = 256 * 1024 * 1024;

    private readonly NetworkStream _stream;
    private readonly Dictionary<ApiKey, short> _newestVersions = [];
    private int _correlationId;

    private KafkaConnection(Socket socket) => _stream = new NetworkStream(socket, ownsSocket: true);

    /// <summary>Connects, and asks which versions the broker has.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static async Task<KafkaConnection> OpenAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = new KafkaConnection(socket);
        try
        {
            var versions = await connection.SendAsync<ApiVersionsResponse>(new ApiVersionsRequest(), version: 0, cancellationToken);
            foreach (var api in versions.ApiKeys)
            {
                if (ApiCatalog.TryGet(api.ApiKey, out var known) && api.MinVersion <= known.MaxStableVersion)
                {
                    connection._newestVersions[known.Key] = Math.Min(api.MaxVersion, known.MaxStableVersion);
                }
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a request in the newest version that both sides know, and waits for the answer.</summary>
    /// <exception cref="InvalidOperationException">The broker does not have that API.</exception>
    /// <exception cref="IOException">The connection was closed.</exception>
    public Task<TResponse> SendAsync<TResponse>(IRequestMessage request, CancellationToken cancellationToken)
        where TResponse : IResponseMessage, new() =>
        _newestVersions.TryGetValue(request.ApiKey, out var version)
            ? SendAsync<TResponse>(request, version, cancellationToken)
            : throw new InvalidOperationException($"The broker does not have {request.ApiKey}.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<TResponse> SendAsync<TResponse>(IRequestMessage request, short version, CancellationToken cancellationToken)
        where TResponse : IResponseMessage, new()
    {
        var correlationId = ++_correlationId;
        await _stream.WriteAsync(ToFrame(request, version, correlationId), cancellationToken);
        var lengthBytes = new byte[sizeof(int)];
        await _stream.ReadExactlyAsync(lengthBytes, cancellationToken);
        var length = BinaryPrimitives.ReadInt32BigEndian(lengthBytes);
        if (length is < 0 or > MaxResponseBytes)
        {
            throw new IOException($"The broker answered with {length} bytes; that is no broker of Kafka's protocol.");
        }

        var frame = new byte[length];
        await _stream.ReadExactlyAsync(frame, cancellationToken);
        return FromFrame<TResponse>(frame, request.ApiKey, version, correlationId);
    }

    private static ReadOnlyMemory<byte> ToFrame(IRequestMessage request, short version, int correlationId)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(bytes);
        writer.WriteInt32(0);
        var header = new RequestHeader
        {
            RequestApiKey = (short)request.ApiKey,
            RequestApiVersion = version,
            CorrelationId = correlationId,
            ClientId = ClientId,
        };
        header.Write(ref writer, ApiCatalog.RequestHeaderVersion(request.ApiKey, version));
        request.Write(ref writer, version);
        writer.Complete();
        var frame = bytes.WrittenSpan.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - sizeof(int));
        return frame;
    }

    private static TResponse FromFrame<TResponse>(ReadOnlyMemory<byte> frame, ApiKey apiKey, short version, int correlationId)
        where TResponse : IResponseMessage, new()
    {
        var reader = new MessageReader(frame);
        var header = new ResponseHeader();
        header.Read(ref reader, ApiCatalog.ResponseHeaderVersion(apiKey, version));
        if (header.CorrelationId != correlationId)
        {
            throw new IOException($"The broker answered request {header.CorrelationId} instead of {correlationId}.");
        }

        var response = new TResponse();
        response.Read(ref reader, version);
        return response;
    }
}
