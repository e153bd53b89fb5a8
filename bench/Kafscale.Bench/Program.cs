using Kafscale.Bench;
using Kafscale.Bench.Costs;
using Kafscale.Bench.Idle;
using Kafscale.Bench.Latency;
using Kafscale.Bench.Overhead;
using Kafscale.Bench.Stores;
using Kafscale.Bench.Suite;

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
    case [OverheadScenario.Command, .. var rest]:
        return await ReportAsync(CountOptions.Parse(rest, OverheadScenario.CountOption, OverheadScenario.DefaultRounds), OverheadScenario.Usage, OverheadScenario.RunAsync);
    case [StoreScenario.Command, .. var rest]:
        return await ReportAsync(CountOptions.Parse(rest, StoreScenario.CountOption, StoreScenario.DefaultMib), StoreScenario.Usage, StoreScenario.RunAsync);
    case [StartScenario.Command, .. var rest]:
        return await ReportAsync(StartOptions.Parse(rest), StartScenario.Usage, StartScenario.RunAsync);
    case [IdlePartitionsScenario.Command, .. var rest]:
        return await ReportAsync(
            CountOptions.Parse(rest, IdlePartitionsScenario.CountOption, IdlePartitionsScenario.DefaultPartitions),
            IdlePartitionsScenario.Usage,
            IdlePartitionsScenario.RunAsync);
    default:
        return await ReportAsync(SuiteOptions.Parse(args), SuiteOptions.Usage, SuiteScenario.RunAsync);
}

async Task<int> ReportAsync<TOptions>(TOptions? options, string usage, Func<TOptions, Task<string>> run)
    where TOptions : class
{
    if (args is [.., "--help" or "-h"])
    {
        Console.WriteLine(usage);
        return 0;
    }

    if (options is null)
    {
        await Console.Error.WriteLineAsync(usage);
        return 2;
    }

    Console.WriteLine(await run(options));
    return 0;
}
