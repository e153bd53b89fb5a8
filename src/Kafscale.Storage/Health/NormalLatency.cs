using System.Numerics;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Health;

/// <summary>How long operations of each kind and size normally take, learned over half an hour. Not thread-safe.</summary>
/// <remarks>
/// It is the geometric mean, which for latencies lies near the median and which no tail moves. The first operations are taken as
/// normal; afterwards time counts and not numbers, so that a busy store in trouble does not teach that trouble is normal.
/// </remarks>
internal sealed class NormalLatency(TimeProvider timeProvider)
{
    private const int Operations = 5;
    private const int SizeClasses = 8;
    private const int SmallestClassBits = 16;
    private const int FirstOperations = 50;
    private const double LearningSeconds = 1_800;
    private const double MostOfOneOperation = 0.01;

    // What a store of ordinary bandwidth may take longer for a large body, before anything is learned.
    private const double BytesPerSecond = 8 * 1024 * 1024;

    private readonly Cell[] _cells = new Cell[Operations * SizeClasses];

    /// <summary>Whether an operation took longer than both a time and a multiple of what is normal.</summary>
    public bool IsSlow(in CompletedOperation operation, TimeSpan atLeast, double multiple) => operation.Duration > Limit(operation, atLeast, multiple);

    /// <summary>The duration behind which an operation is slow.</summary>
    public TimeSpan Limit(in CompletedOperation operation, TimeSpan atLeast, double multiple)
    {
        var allowed = atLeast + TimeSpan.FromSeconds(operation.Bytes / BytesPerSecond);
        var cell = _cells[CellOf(operation)];
        var normal = cell.Count == 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Exp(cell.LogMs) * multiple);
        return allowed > normal ? allowed : normal;
    }

    /// <summary>Takes an operation with an answer into account.</summary>
    public void Learn(in CompletedOperation operation)
    {
        ref var cell = ref _cells[CellOf(operation)];
        var now = timeProvider.GetTimestamp();
        var logMs = Math.Log(Math.Max(0.01, operation.Duration.TotalMilliseconds));
        double weight;
        if (cell.Count < FirstOperations)
        {
            weight = 1.0 / ++cell.Count;
        }
        else
        {
            weight = Math.Min(MostOfOneOperation, timeProvider.GetElapsedTime(cell.LearnedAt, now).TotalSeconds / LearningSeconds);
        }

        cell.LogMs += weight * (logMs - cell.LogMs);
        cell.LearnedAt = now;
    }

    private static int CellOf(in CompletedOperation operation)
    {
        // Up to 64 KiB, then a class for each doubling by four.
        var bits = BitOperations.Log2((ulong)Math.Max(1, operation.Bytes)) + 1 - SmallestClassBits;
        return ((int)operation.Operation * SizeClasses) + Math.Clamp((bits + 1) / 2, 0, SizeClasses - 1);
    }

    private struct Cell
    {
        public int Count;
        public double LogMs;
        public long LearnedAt;
    }
}
