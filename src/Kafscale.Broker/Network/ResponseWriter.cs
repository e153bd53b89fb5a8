using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Network;

/// <summary>
/// Writes responses to a client: small ones straight into the pipe, several per flush; large ones piece by piece, so
/// that the pipe never holds more than a piece above its threshold.
/// </summary>
internal sealed class ResponseWriter(PipeWriter output, TimeProvider timeProvider)
{
    /// <summary>
    /// Responses above this size are written by pieces of this size, with a flush after each. Half of it costs a fifth more
    /// processor time for each byte, and all of it a slow client can keep from others.
    /// </summary>
    internal const int PieceBytes = 256 * 1024;

    private const int LengthBytes = sizeof(int);
    private const long NotFlushing = long.MinValue;

    private readonly ResponseHeader _header = new();
    private LargeResponseBuffer? _large;
    private long _flushingSince = NotFlushing;

    /// <summary>Whether the client has taken too little for longer than <paramref name="timeout"/>.</summary>
    public bool IsFlushingLongerThan(TimeSpan timeout)
    {
        long since = Volatile.Read(ref _flushingSince);
        return since != NotFlushing && timeProvider.GetElapsedTime(since) > timeout;
    }

    /// <summary>Writes a response, all of it or none.</summary>
    /// <exception cref="UnsupportedVersionException">The response has a value that the version cannot carry; nothing was written.</exception>
    /// <exception cref="ConnectionFaultException">The client is gone or does not read.</exception>
    public ValueTask WriteAsync(int correlationId, short apiVersion, IResponseMessage response)
    {
        _header.CorrelationId = correlationId;
        short headerVersion = ApiCatalog.ResponseHeaderVersion(response.ApiKey, apiVersion);
        int frameBytes = checked(_header.Size(headerVersion) + response.Size(apiVersion));
        if (frameBytes > PieceBytes - LengthBytes)
        {
            return WriteByPiecesAsync(frameBytes, headerVersion, response, apiVersion);
        }

        WriteFrame(output, frameBytes, headerVersion, response, apiVersion);
        return output.UnflushedBytes >= PieceBytes ? FlushAsync() : ValueTask.CompletedTask;
    }

    /// <summary>Sends what was written, and waits while the client has too much before it.</summary>
    /// <exception cref="ConnectionFaultException">The client is gone or does not read.</exception>
    public ValueTask FlushAsync()
    {
        ValueTask<FlushResult> flushing = output.FlushAsync();
        if (!flushing.IsCompletedSuccessfully)
        {
            return AwaitFlushAsync(flushing);
        }

        ThrowIfEnded(flushing.Result);
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends the output. What was flushed before is still sent.</summary>
    public void Complete(Exception? exception) => output.Complete(exception);

    private void WriteFrame(IBufferWriter<byte> destination, int frameBytes, short headerVersion, IResponseMessage response, short apiVersion)
    {
        var writer = new MessageWriter(destination);
        writer.WriteInt32(frameBytes);
        _header.Write(ref writer, headerVersion);
        response.Write(ref writer, apiVersion);
        writer.Complete();
        if (writer.BytesWritten != LengthBytes + frameBytes)
        {
            throw new InvalidOperationException(
                $"{response.ApiKey} response version {apiVersion} took {writer.BytesWritten - LengthBytes} bytes where {frameBytes} were announced.");
        }
    }

    private static void ThrowIfEnded(FlushResult result)
    {
        if (result.IsCanceled || result.IsCompleted)
        {
            throw new ConnectionFaultException(ConnectionCloseReason.ClientClosed, "the client does not take its responses any more");
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteByPiecesAsync(int frameBytes, short headerVersion, IResponseMessage response, short apiVersion)
    {
        _large ??= new LargeResponseBuffer();
        try
        {
            WriteFrame(_large, frameBytes, headerVersion, response, apiVersion);
            for (int i = 0; i < _large.PartCount; i++)
            {
                (ReadOnlyMemory<byte> bytes, ReadOnlySequence<byte> records) = _large.Part(i);
                await WriteAsync(bytes);
                foreach (ReadOnlyMemory<byte> segment in records)
                {
                    await WriteAsync(segment);
                }
            }
        }
        finally
        {
            _large.Clear();
        }
    }

    // Flushes whenever there is a piece.
    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length < PieceBytes - output.UnflushedBytes)
        {
            output.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }

        return WriteAndFlushAsync(bytes);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WriteAndFlushAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int room = (int)(PieceBytes - output.UnflushedBytes);
            int count = Math.Min(bytes.Length, room);
            output.Write(bytes.Span[..count]);
            bytes = bytes[count..];
            if (count == room)
            {
                await FlushAsync();
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitFlushAsync(ValueTask<FlushResult> flushing)
    {
        Volatile.Write(ref _flushingSince, timeProvider.GetTimestamp());
        FlushResult result = await flushing;
        Volatile.Write(ref _flushingSince, NotFlushing);
        ThrowIfEnded(result);
    }
}
