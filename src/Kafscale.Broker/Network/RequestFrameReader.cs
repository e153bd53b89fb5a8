using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Kafscale.Protocol;
using Kafscale.Storage;

namespace Kafscale.Broker.Network;

/// <summary>
/// Cuts what a client sends into frames: a length of four bytes, then as many bytes. Nothing is allocated for a length
/// that is only claimed, and a frame that is more than small waits for its share of the broker's memory before its rest is received.
/// </summary>
/// <param name="input">Where the client's bytes come in.</param>
/// <param name="limits">The sizes that are accepted.</param>
/// <param name="inFlightBytes">The memory that large frames of all connections share.</param>
/// <param name="timeProvider">Tells since when a frame is being received.</param>
/// <param name="aboutToWait">Set before each wait for the client, so that responses which are ready go out first.</param>
internal sealed class RequestFrameReader(
    PipeReader input, NetworkLimits limits, ByteBudget inFlightBytes, TimeProvider timeProvider, InlineSignal aboutToWait)
{
    /// <summary>API key, version, correlation id and the length of the client id.</summary>
    public const int MinFrameBytes = 10;

    private const int LengthBytes = sizeof(int);
    private const int RouteBytes = LengthBytes + sizeof(short) + sizeof(short);
    private const long NotReceiving = long.MinValue;

    private ReadOnlySequence<byte> _received;
    private long _receivingSince = NotReceiving;
    private long _budgetedBytes;

    /// <summary>The bytes of the frame that was begun, without those of its length.</summary>
    public int FrameBytes { get; private set; }

    /// <summary>The API key of the frame that was begun, which need not be a known one.</summary>
    public short ApiKey { get; private set; }

    /// <summary>The API version of the frame that was begun, which need not be a known one.</summary>
    public short ApiVersion { get; private set; }

    /// <summary>Whether a frame was begun longer than <paramref name="timeout"/> ago and is not complete.</summary>
    public bool IsReceivingLongerThan(TimeSpan timeout)
    {
        long since = Volatile.Read(ref _receivingSince);
        return since != NotReceiving && timeProvider.GetElapsedTime(since) > timeout;
    }

    /// <summary>Waits for the beginning of the next frame; false where the client sends no more or the wait was ended.</summary>
    /// <exception cref="ConnectionFaultException">The length is impossible or too large.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> BeginFrameAsync()
    {
        if (!Accept(await ReceiveAsync(LengthBytes), LengthBytes))
        {
            return false;
        }

        int length = ReadInt32(_received);
        if (length < MinFrameBytes || length > limits.MaxRequestBytes)
        {
            throw new ConnectionFaultException(
                ConnectionCloseReason.InvalidFrameLength,
                $"a frame announces {length} bytes where {MinFrameBytes} to {limits.MaxRequestBytes} are accepted");
        }

        FrameBytes = length;
        if (_received.Length < RouteBytes && !await ReceiveRestAsync(RouteBytes))
        {
            return false;
        }

        int route = ReadInt32(_received.Slice(LengthBytes));
        ApiKey = (short)(route >> 16);
        ApiVersion = (short)route;
        return true;
    }

    /// <summary>Receives the rest of the frame; null where the client sends no more or the wait was ended.</summary>
    /// <exception cref="OperationCanceledException">The wait for memory was given up.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOnlySequence<byte>?> ReceiveFrameAsync(CancellationToken cancellationToken)
    {
        if (FrameBytes > limits.SmallRequestBytes)
        {
            // Who only announces a large frame must not hold what others need for theirs.
            int firstBytes = LengthBytes + limits.SmallRequestBytes;
            if (_received.Length < firstBytes && !await ReceiveRestAsync(firstBytes))
            {
                return null;
            }

            ValueTask acquiring = inFlightBytes.AcquireAsync(FrameBytes, cancellationToken);
            if (!acquiring.IsCompleted)
            {
                aboutToWait.Set();
            }

            await acquiring;
            _budgetedBytes = FrameBytes;
        }

        if (_received.Length < LengthBytes + FrameBytes && !await ReceiveRestAsync(LengthBytes + FrameBytes))
        {
            return null;
        }

        return _received.Slice(LengthBytes, FrameBytes);
    }

    /// <summary>Hands the bytes that the frame holds of the shared memory to the caller, who releases them.</summary>
    public long TakeBudget()
    {
        long taken = _budgetedBytes;
        _budgetedBytes = 0;
        return taken;
    }

    /// <summary>Gives the frame's bytes back to the pipe: nothing may refer to them any more.</summary>
    public void EndFrame()
    {
        input.AdvanceTo(_received.GetPosition(LengthBytes + FrameBytes));
        _received = default;
    }

    /// <summary>Gives everything back.</summary>
    public void Complete(Exception? exception)
    {
        inFlightBytes.Release(TakeBudget());
        _received = default;
        input.Complete(exception);
    }

    private static int ReadInt32(ReadOnlySequence<byte> bytes)
    {
        if (bytes.FirstSpan.Length >= sizeof(int))
        {
            return BinaryPrimitives.ReadInt32BigEndian(bytes.FirstSpan);
        }

        Span<byte> copy = stackalloc byte[sizeof(int)];
        bytes.Slice(0, sizeof(int)).CopyTo(copy);
        return BinaryPrimitives.ReadInt32BigEndian(copy);
    }

    private ValueTask<ReadResult> ReceiveAsync(int minimumBytes)
    {
        // Asking for the whole frame lifts the pipe's pause threshold for this one read, so that frames larger than
        // the threshold arrive, and wakes the loop once per frame instead of once per received block. The minimum
        // counts what is not yet examined: what is left for the next read is never marked as examined.
        ValueTask<ReadResult> reading = input.ReadAtLeastAsync(minimumBytes);
        if (!reading.IsCompleted)
        {
            aboutToWait.Set();
        }

        return reading;
    }

    private async ValueTask<bool> ReceiveRestAsync(int wholeBytes)
    {
        input.AdvanceTo(_received.Start);
        Volatile.Write(ref _receivingSince, timeProvider.GetTimestamp());
        bool complete = Accept(await ReceiveAsync(wholeBytes), wholeBytes);
        Volatile.Write(ref _receivingSince, NotReceiving);
        return complete;
    }

    private bool Accept(ReadResult read, int wantedBytes)
    {
        _received = read.Buffer;
        return !read.IsCanceled && _received.Length >= wantedBytes;
    }
}
