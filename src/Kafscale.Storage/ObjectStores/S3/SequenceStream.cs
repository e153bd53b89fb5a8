using System.Buffers;

namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>A byte sequence as a stream that can be read again from the start, which is how the SDK takes a body.</summary>
/// <remarks>
/// After disposal no byte of the sequence is looked at any more, whoever still holds the stream: the owner of the
/// bytes may fill them with something else, and a request that has been given up must not send that.
/// </remarks>
internal sealed class SequenceStream(ReadOnlySequence<byte> sequence) : Stream
{
    private readonly Lock _lock = new();
    private readonly long _length = sequence.Length;
    private ReadOnlySequence<byte> _sequence = sequence;
    private SequencePosition _next = sequence.Start;
    private long _position;
    private bool _disposed;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _length;

    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                _next = _sequence.GetPosition(Math.Min(value, _length));
                _position = value;
            }
        }
    }

    public override int Read(Span<byte> buffer)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var length = (int)Math.Min(buffer.Length, Math.Max(0, _length - _position));
            if (length == 0)
                return 0;
            var part = _sequence.Slice(_next, length);
            part.CopyTo(buffer);
            _next = part.End;
            _position += length;
            return length;
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : ValueTask.FromResult(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        var start = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => _length,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };
        if (start + offset < 0)
            throw new IOException("A stream has nothing before its start.");
        return Position = start + offset;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        lock (_lock)
        {
            _disposed = true;
            _sequence = default;
            _next = default;
        }

        base.Dispose(disposing);
    }
}
