using System.Globalization;
using Kafscale.Simulation.Defects;

namespace Kafscale.Simulation.Commands;

/// <summary>Plants each defect, and looks for the first seed that finds it.</summary>
internal sealed class DefectSearch(CommandOptions options, TextWriter output)
{
    private readonly Lock _lock = new();
    private int _found;

    /// <returns>Whether all were found.</returns>
    public bool Run()
    {
        IReadOnlyList<Defect> defects = options.Defect == Defect.None ? DefectCatalog.All : [options.Defect];
        Parallel.ForEachAsync(
            defects,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            async (defect, _) => Report(defect, await FindAsync(options.With(defect)))).GetAwaiter().GetResult();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_found} of {defects.Count} defects found"));
        return _found == defects.Count;
    }

    private static async Task<(int Seeds, string What)?> FindAsync(CommandOptions options)
    {
        await using var worker = new SeedWorker(options);
        for (var i = 0; i < options.Seeds; i++)
        {
            var (succeeded, output) = await worker.RunAsync(options.FirstSeed + i);
            if (!succeeded)
            {
                if (!output.Contains(" violations", StringComparison.Ordinal))
                {
                    throw new InvalidOperationException(output);
                }

                return (i + 1, output.Split('\n')[0]);
            }
        }

        return null;
    }

    private void Report(Defect defect, (int Seeds, string What)? found)
    {
        lock (_lock)
        {
            _found += found is null ? 0 : 1;
            output.WriteLine(found is { } first
                ? string.Create(CultureInfo.InvariantCulture, $"{defect.Name}: found by seed {options.FirstSeed + first.Seeds - 1} ({first.Seeds} tried): {first.What}")
                : string.Create(CultureInfo.InvariantCulture, $"{defect.Name}: not found by {options.Seeds} seeds"));
            output.Flush();
        }
    }
}
