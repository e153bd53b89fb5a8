namespace Kafscale.Cli.Running.Logs;

/// <summary>Lets the first lines of an interval through and counts the others.</summary>
internal sealed class RepeatLimit(int maxLines, TimeSpan interval, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private long? _beganAt;
    private int _lines;

    /// <summary>Whether a line may be written now.</summary>
    /// <param name="suppressed">How many were not in the interval that ended with this line; otherwise 0.</param>
    public bool TryEnter(out int suppressed)
    {
        suppressed = 0;
        lock (_lock)
        {
            if (_beganAt is not { } beganAt || timeProvider.GetElapsedTime(beganAt) >= interval)
            {
                suppressed = Math.Max(0, _lines - maxLines);
                _beganAt = timeProvider.GetTimestamp();
                _lines = 0;
            }

            return ++_lines <= maxLines;
        }
    }
}
