using Kafscale.Bench;
using Kafscale.Bench.Costs;

if (args is [CostOptions.Command, .. var costArguments])
{
    if (CostOptions.Parse(costArguments) is not { } costs)
    {
        Console.Error.WriteLine(CostOptions.Usage);
        return 2;
    }

    var rows = new List<CostRow>();
    foreach (var partitions in costs.Partitions)
    {
        await Console.Error.WriteLineAsync($"{partitions} partitions");
        rows.Add(await CostScenario.RunAsync(partitions, costs.Minutes));
    }

    Console.WriteLine(CostTable.Render(rows));
    return 0;
}

if (BenchOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(BenchOptions.Usage);
    return 2;
}

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

Console.WriteLine(ResultTable.Render(results));
return 0;
