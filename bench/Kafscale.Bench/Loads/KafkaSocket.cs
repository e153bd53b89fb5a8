using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Bench.Loads;

/// <summary>
/// A connection that costs next to nothing, so that the broker is what limits: frames are made beforehand, and calls
/// block a thread of their own.
/// </summary>
internal sealed class KafkaSocket : IDisposable
{
    private const int LengthBytes = sizeof(int);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _received = new byte[256 * 1024];
    private byte[] _frame = new byte[4096];
    private int _begin;
    private int _end;

    public KafkaSocket(int port) => _socket.Connect(IPAddress.Loopback, port);

    /// <summary>A request with its length and header, ready to be sent any number of times.</summary>
    public static byte[] Encode(IRequestMessage request, short version)
    {
        var header = new RequestHeader { RequestApiKey = (short)request.ApiKey, RequestApiVersion = version, ClientId = "bench" };
        var headerVersion = ApiCatalog.RequestHeaderVersion(request.ApiKey, version);
        var length = header.Size(headerVersion) + request.Size(version);
        var output = new ArrayBufferWriter<byte>(LengthBytes + length);
        var writer = new MessageWriter(output);
        writer.WriteInt32(length);
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        writer.Complete();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads a response; the records in it are those of the received memory.</summary>
    public static TResponse Decode<TResponse>(TResponse response, ReadOnlyMemory<byte> received, short version)
        where TResponse : IResponseMessage
    {
        var reader = new MessageReader(new ReadOnlySequence<byte>(received));
        new ResponseHeader().Read(ref reader, ApiCatalog.ResponseHeaderVersion(response.ApiKey, version));
        response.Read(ref reader, version);
        return response;
    }

    public void Send(ReadOnlySpan<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            frames = frames[_socket.Send(frames)..];
        }
    }

    /// <summary>Receives the next response into memory that is valid until the next call; without its length.</summary>
    public ReadOnlyMemory<byte> Receive()
    {
        EnsureReceived(LengthBytes);
        var length = BinaryPrimitives.ReadInt32BigEndian(_received.AsSpan(_begin));
        _begin += LengthBytes;
        if (length > _frame.Length)
        {
            _frame = new byte[length];
        }

        var buffered = Math.Min(length, _end - _begin);
        _received.AsSpan(_begin, buffered).CopyTo(_frame);
        _begin += buffered;
        for (var filled = buffered; filled < length;)
        {
            filled += ReceiveSome(_frame.AsSpan(filled, length - filled));
        }

        return _frame.AsMemory(0, length);
    }

    public void Dispose() => _socket.Dispose();

    private void EnsureReceived(int count)
    {
        if (_end - _begin >= count)
        {
            return;
        }

        _received.AsSpan(_begin, _end - _begin).CopyTo(_received);
        _end -= _begin;
        _begin = 0;
        while (_end < count)
        {
            _end += ReceiveSome(_received.AsSpan(_end));
        }
    }

    private int ReceiveSome(Span<byte> destination)
    {
        var count = _socket.Receive(destination);
        return count > 0 ? count : throw new IOException("The broker has closed the connection.");
    }
}
