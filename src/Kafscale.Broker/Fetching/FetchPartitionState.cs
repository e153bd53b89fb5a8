using Kafscale.Protocol;

namespace Kafscale.Broker.Fetching;

/// <summary>One partition of a fetch: what the client asks for, and, within a session, what it was told last.</summary>
internal sealed class FetchPartitionState
{
    private const long NothingSent = -1;

    public FetchPartitionKey Key { get; private set; }

    public int CurrentLeaderEpoch { get; set; }

    public long FetchOffset { get; set; }

    public int MaxBytes { get; set; }

    /// <summary>The high watermark of the last response, by which the next one knows what is new.</summary>
    public long SentHighWatermark { get; set; }

    public long SentLogStartOffset { get; set; }

    public ErrorCode SentError { get; set; }

    /// <summary>Begins anew, with a partition that nothing was asked or told of.</summary>
    public void Reset(FetchPartitionKey key)
    {
        Key = key;
        CurrentLeaderEpoch = 0;
        FetchOffset = 0;
        MaxBytes = 0;
        SentHighWatermark = NothingSent;
        SentLogStartOffset = NothingSent;
        SentError = ErrorCode.None;
    }
}
