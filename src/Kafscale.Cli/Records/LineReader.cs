namespace Kafscale.Cli.Records;

/// <summary>Reads lines of bytes, whatever they mean.</summary>
/// <param name="stream">Where from.</param>
/// <param name="maxLength">Longer lines are refused, in bytes.</param>
internal sealed class LineReader(Stream stream, int maxLength)
{
    private const int FirstBufferLength = 64 * 1024;

    private byte[] _buffer = new byte[FirstBufferLength];
    private int _start;
    private int _end;
    private bool _isAtEnd;

    /// <summary>The next line without its end, good until the next call; null after the last one.</summary>
    /// <exception cref="FormatException">It is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            var length = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                return Take(searched + length, searched + length + 1);
            }

            searched = _end - _start;
            if (_isAtEnd && searched == 0)
            {
                return null;
            }

            if (_isAtEnd)
            {
                return Take(searched, searched);
            }

            if (searched > maxLength)
            {
                throw new FormatException($"A line has more than {maxLength} bytes.");
            }

            await FillAsync(cancellationToken);
        }
    }

    /// <summary>All that is left.</summary>
    /// <exception cref="FormatException">It is too long.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAllAsync(CancellationToken cancellationToken)
    {
        while (!_isAtEnd)
        {
            if (_end - _start > maxLength)
            {
                throw new FormatException($"The input has more than {maxLength} bytes.");
            }

            await FillAsync(cancellationToken);
        }

        return Take(_end - _start, _end - _start);
    }

    private ReadOnlyMemory<byte> Take(int length, int taken)
    {
        var line = _buffer.AsMemory(_start, length);
        _start += taken;
        return line;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        // A read from a terminal does not end because nobody waits for it any more.
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).AsTask().WaitAsync(cancellationToken);
        _end += read;
        _isAtEnd = read == 0;
    }
}
