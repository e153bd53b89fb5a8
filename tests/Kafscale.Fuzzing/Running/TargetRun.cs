using System.Diagnostics;
using System.Globalization;
using Kafscale.Fuzzing.Coverage;
using Kafscale.Fuzzing.Inputs;
using Kafscale.Fuzzing.Targets;

namespace Kafscale.Fuzzing.Running;

/// <summary>One target's inputs, one after another.</summary>
internal sealed class TargetRun
{
    private const int InputsBetweenLooksAtTheClock = 64;

    private readonly FuzzTarget _target;
    private readonly InputSource _inputs;
    private readonly Watchdog _watchdog;
    private readonly EdgeMap? _edges;
    private readonly long _seed;
    private TimeSpan _time;
    private long _readCount;
    private long _mostAllocated;

    /// <param name="target">What reads the inputs.</param>
    /// <param name="seed">What the inputs follow from.</param>
    /// <param name="watchdog">Ends the process where an input is never done with.</param>
    public TargetRun(FuzzTarget target, long seed, Watchdog watchdog)
    {
        _target = target;
        _seed = seed;
        _watchdog = watchdog;
        _inputs = new InputSource(target, seed);
        _edges = EdgeMap.IsInstrumented ? new EdgeMap() : null;
    }

    /// <summary>How many inputs were made.</summary>
    public long Count { get; private set; }

    /// <summary>The first input that was not read as it must be; there are no more after it.</summary>
    public Finding? Finding { get; private set; }

    /// <summary>Goes on for a while, at most up to an input.</summary>
    public void Run(TimeSpan time, long lastNumber)
    {
        long started = Stopwatch.GetTimestamp();
        while (Finding is null && Count < lastNumber)
        {
            RunOne();
            if (Count % InputsBetweenLooksAtTheClock == 0 && Stopwatch.GetElapsedTime(started) > time)
            {
                break;
            }
        }

        _time += Stopwatch.GetElapsedTime(started);
    }

    public override string ToString()
    {
        string edges = _edges is null ? "" : string.Create(CultureInfo.InvariantCulture, $", {_edges.SeenCount} edges, {_inputs.FoundCount} inputs kept");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_target.Name,-18} {Count,12:N0} inputs, {Count / Math.Max(_time.TotalSeconds, 0.001),9:N0}/s, {100.0 * _readCount / Math.Max(Count, 1),5:F1} % read, at most {_mostAllocated,9:N0} bytes allocated{edges}");
    }

    private void RunOne()
    {
        long number = Count++;
        ReadOnlyMemory<byte> input = _inputs.Create(number);
        _watchdog.Begin(_target, _seed, number, input);
        if (_edges is not null)
        {
            EdgeMap.Clear();
        }

        Verdict verdict = Judge.Examine(_target, input);
        if (_edges is not null && _edges.AddWhatIsNew())
        {
            _inputs.Add(input);
        }

        _readCount += verdict.IsRead ? 1 : 0;
        _mostAllocated = Math.Max(_mostAllocated, verdict.AllocatedBytes);
        if (verdict.Problem is { } problem)
        {
            Finding = new Finding(_target.Name, _seed, number, input.ToArray(), problem);
        }
    }
}
