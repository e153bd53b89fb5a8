using Kafscale.Bench;
using Kafscale.Bench.Costs;
using Kafscale.Bench.Latency;
using Kafscale.Bench.Overhead;
using Kafscale.Bench.Stores;

switch (args)
{
    case [CostOptions.Command, .. var rest]:
        return await ReportAsync(CostOptions.Parse(rest), CostOptions.Usage, CostScenario.RunAllAsync);
    case [LatencyOptions.LatencyCommand, .. var rest]:
        return await ReportAsync(LatencyOptions.Parse(rest, seconds: 60), LatencyOptions.Usage, LatencyScenario.RunAsync);
    case [LatencyOptions.CatchUpCommand, .. var rest]:
        return await ReportAsync(LatencyOptions.Parse(rest, seconds: 15), LatencyOptions.Usage, CatchUpScenario.RunAsync);
    case [BrokerApart.Command, .. var latencies]:
        return await ReportAsync(Array.ConvertAll(latencies, int.Parse), "", BrokerApart.RunAsync);
    case [OverheadOptions.Command, .. var rest]:
        return await ReportAsync(OverheadOptions.Parse(rest), OverheadOptions.Usage, OverheadScenario.RunAsync);
    case [StoreOptions.Command, .. var rest]:
        return await ReportAsync(StoreOptions.Parse(rest), StoreOptions.Usage, StoreScenario.RunAsync);
    default:
        return await ReportAsync(BenchOptions.Parse(args), BenchOptions.Usage, RunSuitesAsync);
}

static async Task<int> ReportAsync<TOptions>(TOptions? options, string usage, Func<TOptions, Task<string>> run)
    where TOptions : class
{
    if (options is null)
    {
        await Console.Error.WriteLineAsync(usage);
        return 2;
    }

    Console.WriteLine(await run(options));
    return 0;
}

static async Task<string> RunSuitesAsync(BenchOptions options)
{
    using var http = new HttpClient();
    var results = new List<Result>();
    foreach (var store in options.Stores)
    {
        for (var run = 1; run <= options.Runs; run++)
        {
            await Console.Error.WriteLineAsync($"{store} store, run {run} of {options.Runs}");
            await new Suite(options, store, http, results).RunAsync();
        }
    }

    return ResultTable.Render(results);
}
