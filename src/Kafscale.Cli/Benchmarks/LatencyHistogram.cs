using System.Numerics;

namespace Kafscale.Cli.Benchmarks;

/// <summary>
/// Latencies from a microsecond to an hour, counted in classes that are at most 3 % wide, so that a long run takes no more memory than a short one.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int ClassesPerOctaveBits = 5;
    private const int ClassesPerOctave = 1 << ClassesPerOctaveBits;
    private const long MaxMicroseconds = 3_600_000_000;

    private readonly long[] _counts = new long[ClassOf(MaxMicroseconds) + 1];
    private readonly Lock _lock = new();
    private long _count;
    private long _max;

    public long Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    public void Add(TimeSpan latency)
    {
        var microseconds = Math.Clamp((long)latency.TotalMicroseconds, 0, MaxMicroseconds);
        lock (_lock)
        {
            _counts[ClassOf(microseconds)]++;
            _count++;
            _max = Math.Max(_max, microseconds);
        }
    }

    /// <summary>The latency that this share of all do not exceed; 0 where there are none.</summary>
    /// <param name="share">From 0 to 1.</param>
    public TimeSpan Percentile(double share)
    {
        lock (_lock)
        {
            var wanted = (long)Math.Ceiling(share * _count);
            var seen = 0L;
            for (var i = 0; i < _counts.Length; i++)
            {
                seen += _counts[i];
                if (seen >= wanted && seen > 0)
                {
                    return TimeSpan.FromMicroseconds(Math.Min(UpperBound(i), _max));
                }
            }

            return TimeSpan.Zero;
        }
    }

    // Small numbers have a class each; from there on every octave has as many classes.
    private static int ClassOf(long microseconds)
    {
        if (microseconds < ClassesPerOctave)
        {
            return (int)microseconds;
        }

        var octave = BitOperations.Log2((ulong)microseconds) - ClassesPerOctaveBits;
        return ((octave + 1) << ClassesPerOctaveBits) + (int)((microseconds >> octave) - ClassesPerOctave);
    }

    private static long UpperBound(int index)
    {
        if (index < ClassesPerOctave)
        {
            return index;
        }

        var octave = (index >> ClassesPerOctaveBits) - 1;
        var within = index & (ClassesPerOctave - 1);
        return ((long)(ClassesPerOctave + within + 1) << octave) - 1;
    }
}
