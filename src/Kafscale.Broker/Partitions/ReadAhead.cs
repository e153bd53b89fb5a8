using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Manifests;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Loads what sequential readers will ask for next: more with every fetch that reads on, up to a window, from segment to segment and
/// on into the tail. Only what is committed is ever looked at, and whoever stops reading on has no more loaded for it.
/// </summary>
/// <param name="readers">Where readers are.</param>
/// <param name="objects">Where it is loaded to.</param>
/// <param name="objectKeys">The keys of segments.</param>
/// <param name="maxSegments">How many segments behind the one that is being read may be begun; 0: nothing is read ahead.</param>
internal sealed class ReadAhead(SequentialReaders readers, CachedObjectReader objects, ObjectKeys objectKeys, int maxSegments)
{
    private const long MinWindowBytes = 1024 * 1024;

    // Two of the largest loads: one is used while the other one comes.
    private const long MaxWindowBytes = 16L * 1024 * 1024;

    // Slices are as small as flushes are frequent; each is a request of its own where a WAL object has many.
    private const int MaxSlices = 32;

    /// <summary>Whoever reads on at an offset; given back by <see cref="Advance"/> or <see cref="GiveBack"/>.</summary>
    public SequentialReader? Take(PartitionLog log, long offset) => readers.Take(log, offset);

    /// <summary>The reader has not got on.</summary>
    public void GiveBack(PartitionLog log, SequentialReader? reader)
    {
        if (reader is not null)
        {
            readers.Put(log, reader);
        }
    }

    /// <summary>Somebody has read records that do not lie where they were written just now.</summary>
    /// <param name="log">The partition.</param>
    /// <param name="reader">Who it was; <see langword="null"/> where nobody was known to read on there.</param>
    /// <param name="records">What was read, at least one batch.</param>
    /// <param name="manifest">The partition's manifest, where it was needed.</param>
    public void Advance(PartitionLog log, SequentialReader? reader, FetchedRecords records, Manifest? manifest)
    {
        var readsOn = reader is not null;
        reader ??= new SequentialReader();
        reader.MoveTo(records.NextOffset, records.Next, records.Length);
        if (readsOn && maxSegments > 0)
        {
            reader.Grow(records.Length, MinWindowBytes, MaxWindowBytes);
            Extend(log, reader, manifest);
        }

        readers.Put(log, reader);
    }

    private void Extend(PartitionLog log, SequentialReader reader, Manifest? manifest)
    {
        var windowBytes = Math.Min(reader.WindowBytes, objects.ReadAheadCapacityBytes / readers.CountActive());
        if (reader.AheadBytes > windowBytes / 2)
        {
            return;
        }

        if (reader.Ahead is null && (reader.Next ?? FindNext(log, reader.NextOffset, manifest)) is { } first)
        {
            reader.EnterAhead(first);
        }

        while (reader.Ahead is { } ahead && reader.AheadBytes < windowBytes)
        {
            if (ahead.Length == 0)
            {
                if (FindNext(log, ahead.EndOffset, manifest) is not { } next || reader.RangesAhead > (next.IsMerged ? maxSegments : MaxSlices))
                {
                    return;
                }

                reader.EnterAhead(next);
                continue;
            }

            var end = Math.Min(ahead.Region.End, ahead.Position + windowBytes - reader.AheadBytes);
            if (!objects.ReadAhead(ahead.Region, ahead.Position, end))
            {
                return;
            }

            reader.MoveAheadTo(ahead, end);
        }
    }

    // The slice or segment that begins at an offset.
    private LogRange? FindNext(PartitionLog log, long offset, Manifest? manifest)
    {
        var ranges = new List<LogRange>();
        log.FindInTail(offset, 1, ranges);
        if (ranges.Count > 0)
        {
            return ranges[0];
        }

        return manifest?.FindSegment(offset) is { } segment && segment.BaseOffset == offset
            ? SegmentRange.Of(objectKeys, log.Id, segment)
            : null;
    }
}
