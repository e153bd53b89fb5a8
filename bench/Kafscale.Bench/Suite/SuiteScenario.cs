using Kafscale.Testing;

namespace Kafscale.Bench.Suite;

/// <summary>Measures all cases that were asked for, with the broker as it is and with that of another revision in turn.</summary>
internal static class SuiteScenario
{
    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAsync(SuiteOptions options)
    {
        var cases = options.Cases.ToList();
        if (options.IsList)
        {
            return string.Join('\n', cases.Select(entry => $"{entry.Case.Name} [{entry.Store.ToString().ToLowerInvariant()}]"));
        }

        var current = new BrokerBuild("now", BrokerProcess.Executable);
        var other = options.Against == SuiteOptions.NoRevision
            ? null
            : await RevisionBuild.OfAsync(options.Against ?? await RevisionBuild.PreviousAsync());
        BrokerBuild[] builds = other is null ? [current] : [current, other];

        using var http = new HttpClient();
        var runner = new CaseRunner(options, http);
        var runs = new List<CaseRun>();
        var failures = new List<string>();
        for (var i = 0; i < cases.Count; i++)
        {
            var (measured, store) = cases[i];
            await Console.Error.WriteLineAsync($"{i + 1} of {cases.Count}: {measured.Name}, {store.ToString().ToLowerInvariant()}");
            for (var run = 0; run < options.Runs; run++)
            {
                // A B, B A, A B: what changes slowly on the machine meets both.
                foreach (var build in run % 2 == 0 ? builds : builds.Reverse())
                {
                    try
                    {
                        runs.Add(await runner.RunAsync(measured, store, build));
                    }
                    catch (Exception failure)
                    {
                        // One case that fails must not take the results of the others with it.
                        failures.Add($"{measured.Name}, {store}, {build.Name}: {failure.Message}");
                        await Console.Error.WriteLineAsync($"  {build.Name} failed: {failure}");
                    }
                }
            }
        }

        var table = SuiteTable.Render(runs, current, other);
        return failures.Count == 0
            ? table
            : throw new InvalidOperationException($"{table}\n{failures.Count} runs failed:\n{string.Join('\n', failures)}");
    }
}
