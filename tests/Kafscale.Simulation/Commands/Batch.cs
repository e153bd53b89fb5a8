using System.Collections.Concurrent;
using System.Globalization;

namespace Kafscale.Simulation.Commands;

/// <summary>Simulates several seeds, as many at a time as there are processors.</summary>
internal sealed class Batch(CommandOptions options, TextWriter output)
{
    private readonly ConcurrentQueue<int> _seeds = new(Enumerable.Range(options.FirstSeed, options.Seeds));
    private readonly Lock _lock = new();
    private readonly SortedSet<int> _failed = [];
    private int _done;

    /// <returns>Whether nothing was found in any of them.</returns>
    public bool Run()
    {
        Task.WhenAll(Enumerable.Range(0, Math.Min(options.Seeds, Environment.ProcessorCount)).Select(_ => WorkAsync())).GetAwaiter().GetResult();
        if (options.Seeds > 1)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_done} seeds, {_failed.Count} failed"));
        }

        foreach (var seed in _failed)
        {
            output.WriteLine($"Again: ./kafscale-sim run {string.Join(' ', options.ArgumentsOf(seed))}");
        }

        return _failed.Count == 0;
    }

    private async Task WorkAsync()
    {
        await using var worker = new SeedWorker(options);
        while (_seeds.TryDequeue(out var seed))
        {
            Report(seed, await worker.RunAsync(seed));
        }
    }

    private void Report(int seed, (bool Succeeded, string Output) result)
    {
        lock (_lock)
        {
            _done++;
            if (options.Seeds > 1)
            {
                output.Write(string.Create(CultureInfo.InvariantCulture, $"[{_done}/{options.Seeds}] "));
            }

            output.Write(result.Output);
            output.Flush();
            if (!result.Succeeded)
            {
                _failed.Add(seed);
            }
        }
    }
}
