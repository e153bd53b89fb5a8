namespace Kafscale.Broker.Partitions;

/// <summary>When the flusher writes, and how long it tries.</summary>
internal sealed record FlusherOptions
{
    /// <summary>A flush starts when so many bytes wait (<c>flush.bytes</c>).</summary>
    public int FlushBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>A flush starts when this has passed since the last one started (<c>flush.interval.ms</c>).</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How many flushes may be on their way at once.</summary>
    public int MaxConcurrentFlushes { get; init; } = 4;

    /// <summary>How long an upload is tried before its producers get an error.</summary>
    public TimeSpan UploadDeadline { get; init; } = TimeSpan.FromSeconds(30);
}
