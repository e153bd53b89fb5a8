namespace Kafscale.Broker.Partitions;

/// <summary>When the flusher writes, and how long it tries.</summary>
internal sealed record FlusherOptions
{
    /// <summary>A flush starts when so many bytes wait (<c>flush.bytes</c>).</summary>
    public required int FlushBytes { get; init; }

    /// <summary>A flush starts when this has passed since the last one started (<c>flush.interval.ms</c>).</summary>
    public required TimeSpan FlushInterval { get; init; }

    /// <summary>How many flushes may be on their way at once.</summary>
    public required int MaxConcurrentFlushes { get; init; }

    /// <summary>How long an upload is tried before its producers get an error.</summary>
    public required TimeSpan UploadDeadline { get; init; }
}
