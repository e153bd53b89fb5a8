using Kafscale.Metadata.Workload;

// A SQLite metadata store in a process of its own: for tests that kill it, and for measuring.
switch (args)
{
    case ["commit", var file]:
        await CommitWorkload.RunAsync(file);
        return 0;
    case ["measure", var folder]:
        await MeasureWorkload.RunAsync(folder);
        return 0;
    case ["measure-open", var folder]:
        await MeasureWorkload.OpenAsync(folder);
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: commit FILE | measure FOLDER | measure-open FOLDER");
        return 2;
}
