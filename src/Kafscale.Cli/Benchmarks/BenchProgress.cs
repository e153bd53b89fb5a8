using System.Globalization;
using Kafscale.Cli.Commands;

namespace Kafscale.Cli.Benchmarks;

/// <summary>Shows how fast it goes: on a terminal a line that is written over every second, elsewhere a line every ten.</summary>
internal sealed class BenchProgress(Surroundings surroundings)
{
    private const double BytesPerMegabyte = 1e6;

    private readonly TimeSpan _interval = surroundings.IsTerminal ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(10);
    private readonly long _startedAt = surroundings.TimeProvider.GetTimestamp();
    private long _shownAt = surroundings.TimeProvider.GetTimestamp();
    private long _shownBytes;
    private bool _isLineOpen;

    public TimeSpan Elapsed => surroundings.TimeProvider.GetElapsedTime(_startedAt);

    /// <summary>Called often; shows something now and then.</summary>
    public void Show(long records, long bytes)
    {
        var since = surroundings.TimeProvider.GetElapsedTime(_shownAt);
        if (since < _interval)
        {
            return;
        }

        var rate = (bytes - _shownBytes) / BytesPerMegabyte / since.TotalSeconds;
        (_shownAt, _shownBytes) = (surroundings.TimeProvider.GetTimestamp(), bytes);
        var text = string.Create(CultureInfo.InvariantCulture, $"{Elapsed.TotalSeconds,4:0} s  {records,12} records  {rate,8:0.0} MB/s");
        if (surroundings.IsTerminal)
        {
            surroundings.Error.Write($"\r{text} ");
            _isLineOpen = true;
        }
        else
        {
            surroundings.Error.WriteLine(text);
        }
    }

    /// <summary>Leaves the line.</summary>
    public void End()
    {
        if (_isLineOpen)
        {
            surroundings.Error.WriteLine();
            _isLineOpen = false;
        }
    }
}
