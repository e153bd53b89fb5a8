using Kafscale.Metadata.Workload;

// Metadata stores in a process of its own: for tests that kill it, and for measuring.
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
    case ["measure-etcd", .. var endpoints] when endpoints.Length > 0:
        await MeasureWorkload.EtcdAsync(endpoints);
        return 0;
    default:
        await Console.Error.WriteLineAsync("usage: commit FILE | measure FOLDER | measure-open FOLDER | measure-etcd ENDPOINT ...");
        return 2;
}
