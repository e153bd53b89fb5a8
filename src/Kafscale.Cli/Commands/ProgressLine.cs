using Kafscale.Broker.StorageTools;

namespace Kafscale.Cli.Commands;

/// <summary>Shows how far a verification has come: a bar that is written over on a terminal, elsewhere a line now and then.</summary>
internal sealed class ProgressLine(Surroundings surroundings)
{
    private const int BarWidth = 30;
    private static readonly TimeSpan BarInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    private long _shownAt = surroundings.TimeProvider.GetTimestamp();
    private bool _isBarShown;

    /// <summary>Called by one thread at a time.</summary>
    public void Show(VerifyProgress progress)
    {
        if (surroundings.TimeProvider.GetElapsedTime(_shownAt) < (surroundings.IsTerminal ? BarInterval : LineInterval))
        {
            return;
        }

        _shownAt = surroundings.TimeProvider.GetTimestamp();
        var share = progress.BytesInAll == 0 ? 1 : (double)progress.Bytes / progress.BytesInAll;
        var counts = $"{progress.Objects} of {progress.ObjectsInAll} objects, {progress.Bytes >> 20} of {progress.BytesInAll >> 20} MiB";
        if (surroundings.IsTerminal)
        {
            var filled = (int)(share * BarWidth);
            surroundings.Error.Write($"\r[{new string('#', filled)}{new string('.', BarWidth - filled)}] {share,4:P0}  {counts}  ");
            _isBarShown = true;
        }
        else
        {
            surroundings.Error.WriteLine($"{share:P0}: {counts}");
        }
    }

    /// <summary>Leaves the line of the bar.</summary>
    public void End()
    {
        if (_isBarShown)
        {
            surroundings.Error.WriteLine();
        }
    }
}
