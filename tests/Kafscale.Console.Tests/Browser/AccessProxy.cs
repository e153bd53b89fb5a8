using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Testing;

namespace Kafscale.Console.Tests.Browser;

/// <summary>
/// Stands in front of a real broker as one that has ACLs and users would: what is asked about those it answers itself, and everything else the
/// broker does. One request of a connection is answered after the other, so each must have an answer.
/// </summary>
public sealed class AccessProxy : IAsyncDisposable
{
    private const int MaxFrameBytes = 64 << 20;

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _connections = [];
    private readonly AccessBook _book = new();
    private readonly Task _accepting;

    private AccessProxy()
    {
        Port = FreePort.Next();
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What the broker has to tell clients to connect to.</summary>
    public int Port { get; }

    /// <summary>The port of the broker; to be set before anybody connects.</summary>
    public int BrokerPort { get; set; }

    public static AccessProxy Start() => new();

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _ending.Dispose();
    }

    private static bool IsEndOfConnection(Exception exception) => exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException;

    private static async Task<byte[]> ReadFrameAsync(Stream stream, CancellationToken cancellationToken)
    {
        var length = new byte[sizeof(int)];
        await stream.ReadExactlyAsync(length, cancellationToken);
        var frame = new byte[int.Min(BinaryPrimitives.ReadInt32BigEndian(length), MaxFrameBytes)];
        await stream.ReadExactlyAsync(frame, cancellationToken);
        return frame;
    }

    private static async Task WriteFrameAsync(Stream stream, ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, frame.Length);
        await stream.WriteAsync(length, cancellationToken);
        await stream.WriteAsync(frame, cancellationToken);
    }

    private static RequestHeader ReadHeader(ref MessageReader reader, ReadOnlySpan<byte> request)
    {
        var key = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(request);
        var header = new RequestHeader();
        header.Read(ref reader, ApiCatalog.RequestHeaderVersion(key, BinaryPrimitives.ReadInt16BigEndian(request[sizeof(short)..])));
        return header;
    }

    private static ReadOnlyMemory<byte> Write(RequestHeader request, IResponseMessage response)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(bytes);
        new ResponseHeader { CorrelationId = request.CorrelationId }.Write(ref writer, ApiCatalog.ResponseHeaderVersion(response.ApiKey, request.RequestApiVersion));
        response.Write(ref writer, request.RequestApiVersion);
        writer.Complete();
        return bytes.WrittenMemory;
    }

    // Null: the broker is to answer.
    private ReadOnlyMemory<byte>? Answer(byte[] request)
    {
        var reader = new MessageReader(request);
        var header = ReadHeader(ref reader, request);
        if (AccessBook.CreateRequest((ApiKey)header.RequestApiKey) is not { } message)
        {
            return null;
        }

        message.Read(ref reader, header.RequestApiVersion);
        return Write(header, _book.Answer(message));
    }

    private static ReadOnlyMemory<byte> AddAccessTo(byte[] request, byte[] answer)
    {
        var requestReader = new MessageReader(request);
        var header = ReadHeader(ref requestReader, request);
        var reader = new MessageReader(answer);
        if (header.RequestApiKey != (short)ApiKey.ApiVersions)
        {
            return answer;
        }

        new ResponseHeader().Read(ref reader, ApiCatalog.ResponseHeaderVersion(ApiKey.ApiVersions, header.RequestApiVersion));
        var versions = new ApiVersionsResponse();
        versions.Read(ref reader, header.RequestApiVersion);
        versions.ApiKeys.AddRange(AccessBook.ApiKeys.Select(ApiCatalog.Get).Select(api => new ApiVersionsResponse.ApiVersion
        {
            ApiKey = (short)api.Key,
            MinVersion = api.MinVersion,
            MaxVersion = api.MaxVersion,
        }));
        return Write(header, versions);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_ending.Token);
                _connections.RemoveAll(connection => connection.IsCompleted);
                _connections.Add(ServeAsync(client));
            }
        }
        catch (Exception exception) when (IsEndOfConnection(exception))
        {
            // Disposal.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var broker = new TcpClient { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await broker.ConnectAsync(IPAddress.Loopback, BrokerPort, _ending.Token);
                while (true)
                {
                    var request = await ReadFrameAsync(client.GetStream(), _ending.Token);
                    if (Answer(request) is not { } answer)
                    {
                        await WriteFrameAsync(broker.GetStream(), request, _ending.Token);
                        answer = AddAccessTo(request, await ReadFrameAsync(broker.GetStream(), _ending.Token));
                    }

                    await WriteFrameAsync(client.GetStream(), answer, _ending.Token);
                }
            }
            catch (Exception exception) when (IsEndOfConnection(exception))
            {
                // Either side has gone.
            }
        }
    }
}
