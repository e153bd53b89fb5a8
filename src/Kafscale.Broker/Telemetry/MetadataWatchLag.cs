namespace Kafscale.Broker.Telemetry;

/// <summary>
/// For how long the watch owes a revision: what this broker has committed itself, the watch has to bring. One such revision at a time
/// is followed until it has come.
/// </summary>
internal sealed class MetadataWatchLag(TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private long _followed;
    private long _followedSince;

    /// <summary>This broker has changed something.</summary>
    /// <param name="revision">The change's revision.</param>
    /// <param name="applied">What the watch has brought.</param>
    public void OnCommitted(long revision, long applied)
    {
        lock (_lock)
        {
            if (_followed <= applied && revision > applied)
            {
                _followed = revision;
                _followedSince = timeProvider.GetTimestamp();
            }
        }
    }

    /// <summary>How long ago the revision that is followed was committed; zero where the watch has brought it.</summary>
    public TimeSpan Measure(long applied)
    {
        lock (_lock)
        {
            return _followed > applied ? timeProvider.GetElapsedTime(_followedSince) : TimeSpan.Zero;
        }
    }
}
