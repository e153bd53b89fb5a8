using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Compatibility.Tests.Hostile;

/// <summary>A TCP connection to the broker over which anything at all can be sent.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    private readonly Socket _socket;
    private int _nextCorrelationId = 1;

    private RawConnection(Socket socket) => _socket = socket;

    public static async Task<RawConnection> OpenAsync(int port, int? receiveBufferBytes = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes is { } bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }

        await socket.ConnectAsync(IPAddress.Loopback, port);
        return new RawConnection(socket);
    }

    /// <summary>A length, and whatever follows it.</summary>
    public static byte[] Frame(int length, params ReadOnlySpan<byte> content)
    {
        var frame = new byte[sizeof(int) + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, length);
        content.CopyTo(frame.AsSpan(sizeof(int)));
        return frame;
    }

    /// <summary>A frame whose length is right, with a header of version 1 and any body.</summary>
    public static byte[] RequestFrame(short apiKey, short apiVersion, int correlationId, ReadOnlySpan<byte> body)
    {
        var content = new byte[10 + body.Length];
        BinaryPrimitives.WriteInt16BigEndian(content, apiKey);
        BinaryPrimitives.WriteInt16BigEndian(content.AsSpan(2), apiVersion);
        BinaryPrimitives.WriteInt32BigEndian(content.AsSpan(4), correlationId);
        BinaryPrimitives.WriteInt16BigEndian(content.AsSpan(8), -1);
        body.CopyTo(content.AsSpan(10));
        return Frame(content.Length, content);
    }

    /// <summary>The bytes of a request as a well-behaved client would send them.</summary>
    public static byte[] RequestFrame(IRequestMessage request, short apiVersion, int correlationId)
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)request.ApiKey,
            RequestApiVersion = apiVersion,
            CorrelationId = correlationId,
            ClientId = "hostile",
        };
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(output);
        header.Write(ref writer, ApiCatalog.RequestHeaderVersion(request.ApiKey, apiVersion));
        request.Write(ref writer, apiVersion);
        writer.Complete();
        return Frame(output.WrittenCount, output.WrittenSpan);
    }

    /// <summary>Sends; where the broker has closed the connection meanwhile, that is for the receiver to notice.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[await _socket.SendAsync(bytes)..];
            }
        }
        catch (SocketException)
        {
            // Closed by the broker.
        }
    }

    /// <summary>Says that no more will be sent.</summary>
    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The next response without its length; null where the broker has closed the connection.</summary>
    public async Task<byte[]?> ReceiveAsync()
    {
        using var deadline = new CancellationTokenSource(Timeout);
        var length = new byte[sizeof(int)];
        if (!await TryReceiveAsync(length, deadline.Token))
        {
            return null;
        }

        var content = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
        return await TryReceiveAsync(content, deadline.Token) ? content : null;
    }

    /// <summary>Waits until the broker has closed the connection, which it must do by itself.</summary>
    public async Task AssertClosedAsync()
    {
        var response = await ReceiveAsync();
        Assert.True(response is null, $"The broker has answered with {response?.Length} bytes instead of closing the connection.");
    }

    /// <summary>Sends a request and reads its response.</summary>
    public async Task<TResponse> AskAsync<TResponse>(IRequestMessage request, short apiVersion)
        where TResponse : class, IResponseMessage, new()
    {
        var response = await TryAskAsync<TResponse>(request, apiVersion);
        Assert.NotNull(response);
        return response;
    }

    /// <summary>Sends a request and reads its response; null where the broker has closed the connection.</summary>
    public async Task<TResponse?> TryAskAsync<TResponse>(IRequestMessage request, short apiVersion)
        where TResponse : class, IResponseMessage, new()
    {
        var correlationId = _nextCorrelationId++;
        await SendAsync(RequestFrame(request, apiVersion, correlationId));
        return await ReceiveAsync() is { } content ? Parse<TResponse>(content, apiVersion, correlationId) : null;
    }

    public void Dispose() => _socket.Dispose();

    private static TResponse Parse<TResponse>(byte[] content, short apiVersion, int correlationId)
        where TResponse : IResponseMessage, new()
    {
        var reader = new MessageReader(content);
        var header = new ResponseHeader();
        var response = new TResponse();
        header.Read(ref reader, ApiCatalog.ResponseHeaderVersion(response.ApiKey, apiVersion));
        Assert.Equal(correlationId, header.CorrelationId);
        response.Read(ref reader, apiVersion);
        Assert.Equal(0, reader.Remaining);
        return response;
    }

    private async Task<bool> TryReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                var received = await _socket.ReceiveAsync(buffer, cancellationToken);
                if (received == 0)
                {
                    return false;
                }

                buffer = buffer[received..];
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException("The broker neither answers nor closes the connection.");
        }
    }
}
