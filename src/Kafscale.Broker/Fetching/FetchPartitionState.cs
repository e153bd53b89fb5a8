using Kafscale.Protocol;

namespace Kafscale.Broker.Fetching;

/// <summary>One partition of a fetch: what the client asks for, and, within a session, what it was told last.</summary>
internal sealed class FetchPartitionState
{
    private const long NothingSent = -1;

    public required FetchPartitionKey Key { get; init; }

    /// <summary>The topic's name as the client gave it, or as the broker knows it where the client gave an id.</summary>
    public string Topic { get; set; } = "";

    public int CurrentLeaderEpoch { get; set; }

    public long FetchOffset { get; set; }

    public int MaxBytes { get; set; }

    /// <summary>The high watermark of the last response, by which the next one knows what is new.</summary>
    public long SentHighWatermark { get; set; } = NothingSent;

    public long SentLogStartOffset { get; set; } = NothingSent;

    public ErrorCode SentError { get; set; }
}
