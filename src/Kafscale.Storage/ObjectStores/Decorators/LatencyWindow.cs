namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Remembers how long the last requests took, and knows a quantile of it.</summary>
internal sealed class LatencyWindow(HedgingOptions options)
{
    // Sorting the window takes microseconds, which is too much for each sample and nothing for each sixteenth.
    private const int SamplesPerUpdate = 16;

    private readonly Lock _lock = new();
    private readonly long[] _ticks = new long[options.WindowLength];
    private readonly long[] _sorted = new long[options.WindowLength];
    private int _count;
    private int _next;
    private long _quantileTicks;

    /// <summary>The quantile as of a few samples ago; <see langword="null"/> as long as there are not enough.</summary>
    public TimeSpan? Quantile => Volatile.Read(ref _quantileTicks) is > 0 and var ticks ? TimeSpan.FromTicks(ticks) : null;

    public void Add(TimeSpan latency)
    {
        lock (_lock)
        {
            _ticks[_next] = Math.Max(1, latency.Ticks);
            _next = (_next + 1) % _ticks.Length;
            _count = Math.Min(_count + 1, _ticks.Length);
            if (_count >= options.MinSamples && (_quantileTicks == 0 || _next % SamplesPerUpdate == 0))
                Update();
        }
    }

    private void Update()
    {
        var sorted = _sorted.AsSpan(0, _count);
        _ticks.AsSpan(0, _count).CopyTo(sorted);
        sorted.Sort();
        Volatile.Write(ref _quantileTicks, sorted[(int)((_count - 1) * options.Quantile)]);
    }
}
