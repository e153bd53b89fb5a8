namespace Kafscale.Console.Security;

/// <summary>Slows down whoever tries passwords: a few failures of an address in a minute, and further attempts are not even looked at.</summary>
/// <remarks>All addresses together have a limit, too, so that many of them do not help.</remarks>
internal sealed class SignInLimiter(TimeProvider timeProvider)
{
    public const int MaxFailures = 5;
    public const int MaxFailuresOfAll = 100;

    private const int MaxAddresses = 10_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<long>> _failures = [];
    private readonly Queue<long> _failuresOfAll = new();

    /// <summary>How long an address has to wait before it may try again; zero where it may now.</summary>
    public TimeSpan TimeToWait(string address)
    {
        lock (_lock)
        {
            var own = _failures.TryGetValue(address, out var failures) ? Wait(failures, MaxFailures) : TimeSpan.Zero;
            var all = Wait(_failuresOfAll, MaxFailuresOfAll);
            return own > all ? own : all;
        }
    }

    /// <summary>An address has given a wrong password.</summary>
    public void OnFailure(string address)
    {
        lock (_lock)
        {
            var now = timeProvider.GetTimestamp();
            _failuresOfAll.Enqueue(now);
            if (!_failures.TryGetValue(address, out var failures))
            {
                RemoveOld();
                if (_failures.Count == MaxAddresses)
                {
                    // The limit of all addresses together holds still.
                    return;
                }

                _failures.Add(address, failures = new Queue<long>());
            }

            failures.Enqueue(now);
        }
    }

    /// <summary>An address has given a right one.</summary>
    public void OnSuccess(string address)
    {
        lock (_lock)
        {
            _failures.Remove(address);
        }
    }

    private TimeSpan Wait(Queue<long> failures, int limit)
    {
        while (failures.TryPeek(out var oldest) && timeProvider.GetElapsedTime(oldest) >= Window)
        {
            failures.Dequeue();
        }

        return failures.Count < limit ? TimeSpan.Zero : Window - timeProvider.GetElapsedTime(failures.Peek());
    }

    private void RemoveOld()
    {
        if (_failures.Count < MaxAddresses)
        {
            return;
        }

        foreach (var (address, failures) in _failures.ToList())
        {
            if (Wait(failures, int.MaxValue) == TimeSpan.Zero && failures.Count == 0)
            {
                _failures.Remove(address);
            }
        }
    }
}
