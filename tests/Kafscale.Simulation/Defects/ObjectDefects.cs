using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Checkpoints;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Segments;

namespace Kafscale.Simulation.Defects;

/// <summary>What goes wrong between brokers and the bucket.</summary>
internal static class ObjectDefects
{
    private const int NewestKept = 2;

    public static IReadOnlyList<Defect> All { get; } =
    [
        new("upload-not-awaited", "A WAL object is committed when its upload begins.")
        {
            Objects = store => new DefectiveObjectStore(store) { Put = (_, key, put) => IsWal(key) ? Begin(put) : put() },
        },
        new("merge-drops-a-slice", "The end of a merged segment is left out.")
        {
            Objects = store => new DefectiveObjectStore(store) { Rewrite = WithoutLastBatch },
        },
        new("manifest-drops-a-segment", "A manifest does not list the oldest of several segments.")
        {
            Objects = store => new DefectiveObjectStore(store) { Rewrite = WithoutOldestSegment },
        },
        new("checkpoint-drops-a-commit", "A checkpoint does not hold the last of the commits that it replaces.")
        {
            Objects = store => new DefectiveObjectStore(store) { Rewrite = WithoutLastCommit },
        },
        new("early-garbage-collection", "WAL objects are deleted when one of their slices is merged.")
        {
            Objects = store =>
            {
                var written = new Queue<string>();
                return new DefectiveObjectStore(store) { Put = (store, key, put) => PutAndCollectAsync(store, key, put, written) };
            },
        },
    ];

    private static bool IsWal(string key) => key.EndsWith(".wal", StringComparison.Ordinal);

    private static bool IsSegment(string key) => key.EndsWith(".kfs", StringComparison.Ordinal);

    private static ValueTask Begin(Func<ValueTask> put)
    {
        _ = TryAsync();
        return ValueTask.CompletedTask;

        async Task TryAsync()
        {
            try
            {
                await put();
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // Nobody looks at it: that is the defect.
            }
        }
    }

    private static ReadOnlySequence<byte> WithoutLastBatch(string key, ReadOnlySequence<byte> body)
    {
        if (!IsSegment(key))
        {
            return body;
        }

        var segment = SegmentReader.Read(key, body);
        var batches = new RecordBatchReader(segment.Batches);
        var records = 0;
        var length = 0L;
        while (batches.TryRead(out var header, out var batch))
        {
            records = header.RecordCount;
            length = batch.Length;
        }

        if (length == segment.Batches.Length)
        {
            return body;
        }

        var rest = segment.Batches.Slice(0, segment.Batches.Length - length);
        return SegmentWriter.Write(
            segment.BaseOffset, segment.LastOffset, segment.RecordCount - records, segment.CreatedAtMs, new SegmentPart(rest, Crc32C.Compute(rest.ToArray())));
    }

    private static ReadOnlySequence<byte> WithoutOldestSegment(string key, ReadOnlySequence<byte> body)
    {
        if (!key.Contains("/meta/manifest/", StringComparison.Ordinal))
        {
            return body;
        }

        var manifest = ManifestReader.Read(key, body);
        return manifest.Segments.Count < 2 ? body : new ReadOnlySequence<byte>(ManifestWriter.Write(manifest with { Segments = [.. manifest.Segments.Skip(1)] }));
    }

    private static ReadOnlySequence<byte> WithoutLastCommit(string key, ReadOnlySequence<byte> body)
    {
        if (!key.Contains("/meta/checkpoint/", StringComparison.Ordinal))
        {
            return body;
        }

        var checkpoint = Checkpoint.Read(key, body);
        var rewritten = new Checkpoint
        {
            Writer = checkpoint.Writer,
            Version = checkpoint.Version,
            Session = checkpoint.Session,
            CreatedAtMs = checkpoint.CreatedAtMs,
            Commits = [.. checkpoint.Commits.Take(Math.Max(1, checkpoint.Commits.Count - 1))],
        };
        return new ReadOnlySequence<byte>(rewritten.ToBytes());
    }

    private static async ValueTask PutAndCollectAsync(IObjectStore store, string key, Func<ValueTask> put, Queue<string> written)
    {
        await put();
        if (IsWal(key))
        {
            written.Enqueue(key);
        }
        else if (IsSegment(key))
        {
            List<string> collected = [];
            while (written.Count > NewestKept)
            {
                collected.Add(written.Dequeue());
            }

            if (collected.Count > 0)
            {
                await store.DeleteAsync(collected, CancellationToken.None);
            }
        }
    }
}
