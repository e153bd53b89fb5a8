using System.Diagnostics;
using Kafscale.Fuzzing.Targets;

namespace Kafscale.Fuzzing.Running;

/// <summary>Takes targets in turns until the time is over, each has had its inputs, or each has a finding.</summary>
internal sealed class Fuzzer(IReadOnlyList<FuzzTarget> targets, long seed, TextWriter output)
{
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(5);

    /// <summary>Fuzzes.</summary>
    /// <param name="time">How long.</param>
    /// <param name="maxInputs">At most how many inputs of each target.</param>
    /// <returns>What was found, and how many inputs there were.</returns>
    public (IReadOnlyList<Finding> Findings, long Count) Run(TimeSpan time, long maxInputs)
    {
        long started = Stopwatch.GetTimestamp();
        using var watchdog = new Watchdog(output);
        List<TargetRun> runs = [.. targets.Select(target => new TargetRun(target, seed, watchdog))];
        TimeSpan turn = TimeSpan.FromTicks(Math.Min(LongestTurn.Ticks, time.Ticks / runs.Count));
        List<TargetRun> going = runs;
        while (going.Count > 0 && Stopwatch.GetElapsedTime(started) < time)
        {
            // However busy the machine is, every target has a turn.
            foreach (TargetRun run in going.TakeWhile(run => run.Count == 0 || Stopwatch.GetElapsedTime(started) < time))
            {
                run.Run(turn, maxInputs);
                if (run.Finding is { } finding)
                {
                    output.WriteLine(finding);
                    output.Flush();
                }
            }

            going = [.. going.Where(run => run.Finding is null && run.Count < maxInputs)];
        }

        foreach (TargetRun run in runs)
        {
            output.WriteLine(run);
        }

        long count = runs.Sum(run => run.Count);
        output.WriteLine($"{count:N0} inputs of seed {seed} in {Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s");
        return ([.. runs.Select(run => run.Finding).OfType<Finding>()], count);
    }
}
