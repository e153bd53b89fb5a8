using Kafscale.Bench;

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
