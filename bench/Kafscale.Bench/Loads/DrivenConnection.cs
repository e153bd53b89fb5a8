using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HdrHistogram;

namespace Kafscale.Bench.Loads;

/// <summary>One connection of a load that never blocks: it sends and receives what is possible at the moment.</summary>
internal sealed class DrivenConnection : IDisposable
{
    private const int LengthBytes = sizeof(int);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly IWorkload _workload;
    private readonly IReadOnlyList<byte[]> _frames;
    private readonly int _requests;
    private readonly long _interval;
    private readonly long[] _startedAt;
    private byte[] _received = new byte[64 * 1024];
    private int _begin;
    private int _end;
    private int _begun;
    private int _answered;
    private int _unsentBytes;
    private long _dueAt;

    /// <param name="port">Of the broker.</param>
    /// <param name="workload">What is sent.</param>
    /// <param name="number">Of this connection, from 0.</param>
    /// <param name="inFlight">The most requests that are unanswered at a time.</param>
    /// <param name="requests">How many are sent.</param>
    /// <param name="interval">Between the times at which two requests are due; zero: each as soon as possible.</param>
    public DrivenConnection(int port, IWorkload workload, int number, int inFlight, int requests, TimeSpan interval)
    {
        _workload = workload;
        _frames = workload.FramesOf(number);
        _requests = requests;
        _interval = (long)(interval.TotalSeconds * Stopwatch.Frequency);
        _startedAt = new long[inFlight];
        _socket.Connect(IPAddress.Loopback, port);
        _socket.Blocking = false;
    }

    public int Descriptor => (int)_socket.Handle;

    public bool IsDone => _answered == _requests;

    /// <summary>Whether a request waits until the system takes more of it.</summary>
    public bool IsSending => _unsentBytes > 0;

    public bool IsReceiving => _answered < _begun;

    /// <summary>When the next request may be sent, in ticks of the stopwatch; the maximum where that is not a question of time.</summary>
    public long NextDueAt => _interval > 0 && MayBegin ? _dueAt : long.MaxValue;

    public long PayloadBytes { get; private set; }

    private bool MayBegin => _unsentBytes == 0 && _begun < _requests && _begun - _answered < _startedAt.Length;

    /// <summary>Sets when the first request is due.</summary>
    /// <param name="startedAt">When the load began, in ticks of the stopwatch.</param>
    /// <param name="share">Of an interval that passes before, so that connections do not send at the same moments.</param>
    public void Start(long startedAt, double share) => _dueAt = startedAt + (long)(share * _interval);

    /// <summary>Sends what is due, as far as the system takes it and as requests may be unanswered.</summary>
    public void Send()
    {
        while (_unsentBytes > 0 || (MayBegin && Begin()))
        {
            var frame = _frames[(_begun - 1) % _frames.Count];
            var sent = _socket.Send(frame.AsSpan(frame.Length - _unsentBytes), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return;
            }

            ThrowIfFailed(error);
            _unsentBytes -= sent;
        }
    }

    /// <summary>Receives what is there, and checks the responses that are complete by it.</summary>
    public void Receive(LongHistogram latencies)
    {
        while (IsReceiving)
        {
            MakeRoom();
            var count = _socket.Receive(_received.AsSpan(_end), SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                return;
            }

            ThrowIfFailed(error);
            if (count == 0)
            {
                throw new InvalidOperationException("The broker has closed the connection.");
            }

            _end += count;
            var wasFilled = _end == _received.Length;
            while (TryTakeResponse(out var response))
            {
                LoadResult.Record(latencies, Stopwatch.GetElapsedTime(_startedAt[_answered++ % _startedAt.Length]));
                PayloadBytes += _workload.PayloadOf(response);
            }

            // There is more only where the buffer was too small for it.
            if (!wasFilled)
            {
                return;
            }
        }
    }

    public void Dispose() => _socket.Dispose();

    private static void ThrowIfFailed(SocketError error)
    {
        if (error != SocketError.Success)
        {
            throw new InvalidOperationException($"The connection failed: {error}");
        }
    }

    private bool Begin()
    {
        var now = Stopwatch.GetTimestamp();
        if (_interval > 0 && now < _dueAt)
        {
            return false;
        }

        // Counted from when it was due: an answer that comes late delays the requests behind it too.
        _startedAt[_begun % _startedAt.Length] = _interval > 0 ? _dueAt : now;
        _dueAt += _interval;
        _unsentBytes = _frames[_begun % _frames.Count].Length;
        _begun++;
        return true;
    }

    private bool TryTakeResponse(out ReadOnlyMemory<byte> response)
    {
        response = default;
        if (_end - _begin < LengthBytes)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(_received.AsSpan(_begin));
        if (_end - _begin - LengthBytes < length)
        {
            return false;
        }

        response = _received.AsMemory(_begin + LengthBytes, length);
        _begin += LengthBytes + length;
        return true;
    }

    // The response that has begun fits as a whole.
    private void MakeRoom()
    {
        var buffered = _end - _begin;
        var needed = buffered < LengthBytes ? LengthBytes : LengthBytes + BinaryPrimitives.ReadInt32BigEndian(_received.AsSpan(_begin));
        var destination = needed > _received.Length ? new byte[needed] : _received;
        if (destination != _received || _begin + needed > _received.Length || buffered == 0)
        {
            _received.AsSpan(_begin, buffered).CopyTo(destination);
            _received = destination;
            _begin = 0;
            _end = buffered;
        }
    }
}
