using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Faults;

/// <summary>Has things go wrong at times that the seed picks, several at once, until it is stopped.</summary>
/// <remarks>
/// Each seed has some of the kinds only, and a pace of its own: faults that always come together would hide what each
/// of them can do.
/// </remarks>
internal sealed class Nemesis
{
    private const double KindShare = 0.4;

    private static readonly TimeSpan ShortestMeanPause = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LongestMeanPause = TimeSpan.FromSeconds(60);

    private readonly Scheduler _scheduler;
    private readonly Random _random;
    private readonly List<FaultKind> _kinds;
    private readonly TimeSpan _meanPause;
    private readonly List<(FaultKind Kind, Fault Fault)> _active = [];
    private bool _isStopped;

    public Nemesis(Scheduler scheduler, IReadOnlyList<FaultKind> kinds, Random random)
    {
        _scheduler = scheduler;
        _random = random;
        _kinds = [.. kinds.Where(_ => random.NextDouble() < KindShare)];
        _meanPause = Between(ShortestMeanPause, LongestMeanPause);
        Write($"every {_meanPause.TotalSeconds:F0} s one of {string.Join(", ", _kinds.Select(kind => kind.Name))}");
    }

    /// <summary>How often something has gone wrong.</summary>
    public int Count { get; private set; }

    public void Start()
    {
        if (_kinds.Count > 0)
        {
            After(_meanPause * -Math.Log(1 - _random.NextDouble()), () =>
            {
                BeginOne();
                Start();
            });
        }
    }

    /// <summary>Ends everything that goes wrong, and begins nothing more.</summary>
    public void Stop()
    {
        _isStopped = true;
        foreach (var (kind, fault) in _active.ToList())
        {
            End(kind, fault);
        }

        Write("no more faults");
    }

    private void BeginOne()
    {
        var kind = _kinds[_random.Next(_kinds.Count)];
        if (_active.Exists(other => other.Kind == kind))
        {
            // What two of a kind would put back in the end is not what was there before the first.
            return;
        }

        Count++;
        var fault = kind.Draw();
        _active.Add((kind, fault));
        Write($"{fault.Name} begins");
        fault.Begin();
        After(Between(kind.Shortest, kind.Longest), () => End(kind, fault));
    }

    private void End(FaultKind kind, Fault fault)
    {
        if (_active.Remove((kind, fault)))
        {
            Write($"{fault.Name} ends");
            fault.End();
        }
    }

    // Short times are as likely as ones that are many times as long.
    private TimeSpan Between(TimeSpan shortest, TimeSpan longest) => shortest * Math.Pow(longest / shortest, _random.NextDouble());

    private void After(TimeSpan delay, Action action) => _scheduler.EnqueueAfter(delay, _scheduler.World, () =>
    {
        if (!_isStopped)
        {
            action();
        }
    });

    private void Write(string what)
    {
        _scheduler.Trace.Add(_scheduler.Now, _active.Count, Count);
        _scheduler.Trace.Write("nemesis", $"{what}");
    }
}
