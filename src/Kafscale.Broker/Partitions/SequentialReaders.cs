namespace Kafscale.Broker.Partitions;

/// <summary>
/// Knows where somebody may read on, by partition and offset: no client has to be known for that, and two that read at the same
/// place are one. Bounded; the one that was not continued for longest is forgotten. Thread-safe.
/// </summary>
internal sealed class SequentialReaders(TimeProvider timeProvider, int capacity = SequentialReaders.DefaultCapacity)
{
    private const int DefaultCapacity = 8_192;

    // Beyond that everybody's share is so small that the exact number does not matter.
    private const int MaxCounted = 256;
    private static readonly TimeSpan ActiveFor = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<(PartitionLog Log, long Offset), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _leastRecentFirst = new();

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Takes out whoever reads on at an offset; <see langword="null"/> where nobody has read up to there.</summary>
    public SequentialReader? Take(PartitionLog log, long offset)
    {
        lock (_lock)
        {
            if (!_entries.Remove((log, offset), out var node))
            {
                return null;
            }

            _leastRecentFirst.Remove(node);
            return node.Value.Reader;
        }
    }

    /// <summary>Keeps a reader until it reads on. Of two at one place the one stays that has more ahead.</summary>
    public void Put(PartitionLog log, SequentialReader reader)
    {
        lock (_lock)
        {
            var key = (log, reader.NextOffset);
            if (_entries.TryGetValue(key, out var there))
            {
                if (there.Value.Reader.WindowBytes >= reader.WindowBytes)
                {
                    return;
                }

                _leastRecentFirst.Remove(there);
            }

            _entries[key] = _leastRecentFirst.AddLast(new Entry(log, reader, timeProvider.GetTimestamp()));
            if (_entries.Count > capacity)
            {
                var oldest = _leastRecentFirst.First!.Value;
                _leastRecentFirst.RemoveFirst();
                _entries.Remove((oldest.Log, oldest.Reader.NextOffset));
            }
        }
    }

    /// <summary>How many have lately read on, at least 1.</summary>
    public int CountActive()
    {
        lock (_lock)
        {
            var count = 0;
            for (var node = _leastRecentFirst.Last;
                node is not null && count < MaxCounted && timeProvider.GetElapsedTime(node.Value.PutAt) < ActiveFor;
                node = node.Previous)
            {
                count += node.Value.Reader.WindowBytes > 0 ? 1 : 0;
            }

            return Math.Max(1, count);
        }
    }

    private readonly record struct Entry(PartitionLog Log, SequentialReader Reader, long PutAt);
}
