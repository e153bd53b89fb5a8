namespace Kafscale.Protocol.Records;

/// <summary>Walks the headers of a record without copying or allocating.</summary>
public ref struct RecordHeaderReader
{
    private readonly ReadOnlySpan<byte> _headers;
    private int _position;
    private int _remainingCount;

    /// <param name="headers">Bytes that hold exactly <paramref name="count"/> headers, as <see cref="RecordReader"/> has checked.</param>
    internal RecordHeaderReader(ReadOnlySpan<byte> headers, int count)
    {
        _headers = headers;
        _remainingCount = count;
    }

    /// <summary>Reads the next header, its key as UTF-8. False after the last one.</summary>
    public bool TryRead(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out bool isValueNull)
    {
        key = default;
        value = default;
        isValueNull = true;
        if (_remainingCount == 0)
            return false;

        _remainingCount--;
        return RecordReader.TryReadBytes(_headers, ref _position, out key, out bool isKeyNull) && !isKeyNull
            && RecordReader.TryReadBytes(_headers, ref _position, out value, out isValueNull);
    }
}
