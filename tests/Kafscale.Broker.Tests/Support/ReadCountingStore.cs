using System.Buffers;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.Support;

/// <summary>Counts what is read of the objects that hold records, and which of their bytes more than once.</summary>
internal sealed class ReadCountingStore(IObjectStore inner) : IObjectStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<(long From, long To)>> _ranges = [];

    /// <summary>Reads of segments and WAL objects.</summary>
    public int Reads { get; private set; }

    /// <summary>Bytes of these.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes that had been read before.</summary>
    public long BytesReadAgain { get; private set; }

    /// <summary>How many objects they were of.</summary>
    public int Objects => _ranges.Count;

    /// <summary>Reads of indexes.</summary>
    public int IndexReads { get; private set; }

    public void Reset()
    {
        lock (_lock)
        {
            _ranges.Clear();
            (Reads, Bytes, BytesReadAgain, IndexReads) = (0, 0, 0, 0);
        }
    }

    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        // As from afar: not before whoever asked has gone on.
        await Task.Yield();
        var read = await inner.ReadAsync(key, offset, destination, cancellationToken);
        lock (_lock)
        {
            if (key.EndsWith(".kfs", StringComparison.Ordinal) || key.EndsWith(".wal", StringComparison.Ordinal))
            {
                Reads++;
                Bytes += read;
                Note(key, offset, offset + read);
            }
            else if (key.EndsWith(".index", StringComparison.Ordinal))
            {
                IndexReads++;
            }
        }

        return read;
    }

    public ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        inner.PutAsync(key, body, condition, cancellationToken);

    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken) => inner.HeadAsync(key, cancellationToken);

    public IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, startAfter, cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => inner.DeleteAsync(keys, cancellationToken);

    private void Note(string key, long from, long to)
    {
        if (!_ranges.TryGetValue(key, out var ranges))
        {
            _ranges.Add(key, ranges = []);
        }

        BytesReadAgain += ranges.Sum(range => Math.Max(0, Math.Min(to, range.To) - Math.Max(from, range.From)));
        ranges.Add((from, to));
    }
}
