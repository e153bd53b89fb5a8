using System.Buffers;
using Confluent.Kafka;
using Kafscale.Cli.Clients;
using Kafscale.Clients.Records;

namespace Kafscale.Cli.Records;

/// <summary>Writes records to a file or to the standard output.</summary>
/// <param name="stream">Where they go; closed in the end.</param>
/// <param name="format">How they look; null: as JSON.</param>
/// <param name="isPipe">Whether the stream may end before the records do, because nobody reads it any more.</param>
internal sealed class RecordWriter(Stream stream, RecordFormat? format, bool isPipe) : IAsyncDisposable
{
    private const int FlushedLength = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(FlushedLength * 2);

    /// <summary>How many records have been written.</summary>
    public long Count { get; private set; }

    /// <exception cref="BrokenPipeException">Nobody reads it any more.</exception>
    public void Write(ConsumeResult<byte[]?, byte[]?> record)
    {
        Count++;
        if (format is null)
        {
            RecordJson.Write(_buffer, record);
        }
        else
        {
            format.Write(_buffer, record, Count);
        }

        if (_buffer.WrittenCount >= FlushedLength)
        {
            Flush();
        }
    }

    /// <inheritdoc cref="Write"/>
    public void Flush()
    {
        if (_buffer.WrittenCount == 0)
        {
            return;
        }

        try
        {
            stream.Write(_buffer.WrittenSpan);
            stream.Flush();
        }
        catch (IOException e) when (isPipe)
        {
            throw new BrokenPipeException(e);
        }
        finally
        {
            _buffer.ResetWrittenCount();
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
