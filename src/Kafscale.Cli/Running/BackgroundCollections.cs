using System.Runtime;

namespace Kafscale.Cli.Running;

/// <summary>
/// Lets the garbage collector go over all objects while the program goes on. It has a thread for this, which ends when it had
/// nothing to do for 20 s; in .NET 10 the next such collection then stops the program instead (dotnet/runtime 119383; mended
/// in .NET 11, where asking for it here can go). So it is asked for one in time, as long as anything is allocated.
/// </summary>
internal sealed class BackgroundCollections
{
    /// <summary>Less than the 20 s by the time between two collections of what is new.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly TimeProvider _timeProvider;
    private readonly int _count;
    private readonly long _seenAt;

    private BackgroundCollections(TimeProvider timeProvider, int count, long seenAt)
    {
        _timeProvider = timeProvider;
        _count = count;
        _seenAt = seenAt;
    }

    // Nothing refers to this, so every collection of what is new comes by here, and an idle program is left alone.
    ~BackgroundCollections()
    {
        var count = GC.CollectionCount(GC.MaxGeneration);
        var seenAt = count == _count ? _seenAt : _timeProvider.GetTimestamp();
        if (_timeProvider.GetElapsedTime(seenAt) > Interval)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        }

        _ = new BackgroundCollections(_timeProvider, count, seenAt);
    }

    /// <summary>From here on, until the process ends.</summary>
    public static void Use(TimeProvider timeProvider)
    {
        GCSettings.LatencyMode = GCLatencyMode.SustainedLowLatency;
        _ = new BackgroundCollections(timeProvider, GC.CollectionCount(GC.MaxGeneration), timeProvider.GetTimestamp());
    }
}
