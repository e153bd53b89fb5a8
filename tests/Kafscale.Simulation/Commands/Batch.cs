namespace Kafscale.Simulation.Commands;

/// <summary>Simulates several seeds, as many at a time as there are processors.</summary>
internal sealed class Batch(CommandOptions options, TextWriter output)
{
    private readonly Lock _lock = new();
    private int _done;
    private int _failed;

    /// <returns>Whether nothing was found in any of them.</returns>
    public bool Run()
    {
        Parallel.ForEachAsync(
            Enumerable.Range(options.FirstSeed, options.Seeds),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            async (seed, _) => Report(seed, await SeedProcess.RunAsync(seed, options.Hours, options.TraceFile))).GetAwaiter().GetResult();
        if (options.Seeds > 1)
        {
            output.WriteLine($"{_done} seeds, {_failed} failed");
        }

        return _failed == 0;
    }

    private void Report(int seed, (bool Succeeded, string Output) result)
    {
        lock (_lock)
        {
            _done++;
            output.Write(result.Output);
            if (!result.Succeeded)
            {
                _failed++;
                output.WriteLine(FormattableString.Invariant($"Seed {seed} failed. Again: ./kafscale-sim run --seed {seed} --hours {options.Hours}"));
            }
        }
    }
}
