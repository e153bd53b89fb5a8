namespace Kafscale.Cli.Running.Logs;

/// <summary>Lets the first lines of an interval through, of those that say the same only a few, and counts the others.</summary>
internal sealed class RepeatLimit(int maxLines, TimeSpan interval, TimeProvider timeProvider)
{
    /// <summary>
    /// How many lines that say the same are let through: a client that tries again every second would otherwise stay below any limit that
    /// leaves room for different lines, and one alone would hide that a store has failed, recovered and failed again.
    /// </summary>
    public const int MaxSame = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _written = new(StringComparer.Ordinal);
    private long? _beganAt;
    private int _lines;
    private int _suppressed;

    /// <summary>Whether a line may be written now.</summary>
    /// <param name="content">What it says.</param>
    /// <param name="suppressed">How many were not in the interval that ended with this line; otherwise 0.</param>
    public bool TryEnter(string content, out int suppressed)
    {
        suppressed = 0;
        lock (_lock)
        {
            if (_beganAt is not { } beganAt || timeProvider.GetElapsedTime(beganAt) >= interval)
            {
                suppressed = _suppressed;
                _beganAt = timeProvider.GetTimestamp();
                _lines = 0;
                _suppressed = 0;
                _written.Clear();
            }

            var same = _written.GetValueOrDefault(content);
            if (_lines >= maxLines || same >= MaxSame)
            {
                _suppressed++;
                return false;
            }

            _lines++;
            _written[content] = same + 1;
            return true;
        }
    }
}
