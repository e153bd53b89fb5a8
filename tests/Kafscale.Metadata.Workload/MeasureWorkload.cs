using System.Diagnostics;
using System.Globalization;
using Kafscale.Metadata.Etcd;
using Kafscale.Metadata.Memory;
using Kafscale.Metadata.Sqlite;

namespace Kafscale.Metadata.Workload;

/// <summary>Measures commits, reads, watches and opening of the stores, in a folder on the disk in question.</summary>
internal static class MeasureWorkload
{
    private const int Keys = 100_000;
    private const int ValueBytes = 200;

    public static async Task RunAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "measure.db");
        File.Delete(file);
        MeasureFlush(folder);

        await using (IMetadataStore memory = new MemoryMetadataStore(TimeProvider.System))
        {
            await FillAsync(memory);
            await MeasureAsync("memory", memory);
        }

        await using (IMetadataStore sqlite = SqliteMetadataStore.Open(new(file), TimeProvider.System))
        {
            await FillAsync(sqlite);
            await MeasureAsync("sqlite", sqlite);
        }
    }

    /// <summary>Measures opening what <see cref="RunAsync"/> left behind, in a process that has done nothing else.</summary>
    public static async Task OpenAsync(string folder)
    {
        var start = Stopwatch.GetTimestamp();
        await using var sqlite = SqliteMetadataStore.Open(new(Path.Combine(folder, "measure.db")), TimeProvider.System);
        var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        var keys = (await sqlite.RangeAsync(KeyRange.Prefix(""), 0, 0, default)).Entries.Count;
        Print($"sqlite open, {keys:N0} keys: {elapsed:N0} ms");
    }

    /// <summary>Measures an etcd that runs and is empty.</summary>
    public static async Task EtcdAsync(string[] endpoints)
    {
        var options = new EtcdOptions { Endpoints = [.. endpoints.Select(endpoint => new Uri(endpoint))] };
        await using var etcd = await EtcdMetadataStore.ConnectAsync(options, TimeProvider.System, new Random(), default);
        await FillAsync(etcd);
        await MeasureAsync("etcd", etcd);
        await MeasureWatchAsync(etcd);
    }

    private static async Task MeasureWatchAsync(EtcdMetadataStore store)
    {
        var afterCommit = new double[1_000];
        var afterStart = new double[afterCommit.Length];
        var first = (await store.CommitAsync(new() { Then = [new Operation.Put("watched/0", default)] }, default)).Revision;
        var seenAt = new long[afterCommit.Length];
        using var ending = new CancellationTokenSource();
        var ready = new SemaphoreSlim(0);
        var watching = Task.Run(async () =>
        {
            await foreach (var batch in store.WatchAsync("watched/", first, ending.Token))
            {
                var now = Stopwatch.GetTimestamp();
                foreach (var change in batch.Changes)
                {
                    if (change.Revision > first)
                    {
                        seenAt[change.Revision - first - 1] = now;
                    }

                    ready.Release();
                }
            }
        });
        await ready.WaitAsync();
        for (var i = 0; i < seenAt.Length; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await store.CommitAsync(new() { Then = [new Operation.Put("watched/0", default)] }, default);
            var committed = Stopwatch.GetTimestamp();
            await ready.WaitAsync();
            afterStart[i] = Stopwatch.GetElapsedTime(began, seenAt[i]).TotalMicroseconds;
            afterCommit[i] = Stopwatch.GetElapsedTime(committed, seenAt[i]).TotalMicroseconds;
        }

        await ending.CancelAsync();
        await Task.WhenAny(watching);
        Print($"etcd watch, from the start of a put: {Percentiles(afterStart)}");
        Print($"etcd watch, from the answer to a put: {Percentiles(afterCommit)}");
    }

    private static async Task FillAsync(IMetadataStore store)
    {
        const int PerTransaction = 100;
        const int AtATime = 50;
        foreach (var transactions in Enumerable.Range(0, Keys / PerTransaction).Chunk(AtATime))
        {
            await Task.WhenAll(transactions.Select(i => store.CommitAsync(
                new()
                {
                    Then = [.. Enumerable.Range(i * PerTransaction, PerTransaction)
                        .Select(key => new Operation.Put($"partitions/{key:D8}", new byte[ValueBytes]))],
                },
                default).AsTask()));
        }
    }

    private static async Task MeasureAsync(string name, IMetadataStore store)
    {
        // What a flush does: a new commit key, fenced by the session.
        var session = await store.CommitAsync(new() { Then = [new Operation.Put("sessions/1", default)] }, default);
        foreach (var inFlight in (int[])[1, 8, 64])
        {
            var perWriter = 4_000 / inFlight;
            var latencies = new double[inFlight * perWriter];
            var start = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, inFlight).Select(writer => Task.Run(async () =>
            {
                for (var i = 0; i < perWriter; i++)
                {
                    var number = (writer * perWriter) + i;
                    var began = Stopwatch.GetTimestamp();
                    var result = await store.CommitAsync(
                        new()
                        {
                            Comparisons = [Comparison.CreateRevision("sessions/1", session.Revision)],
                            Then = [new Operation.Put($"commits/{inFlight:D2}/{number:D8}", new byte[ValueBytes])],
                        },
                        default);
                    latencies[number] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
                    if (!result.Succeeded)
                    {
                        throw new InvalidOperationException("The session is gone.");
                    }
                }
            })));
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Print($"{name} commit, {inFlight} in flight: {latencies.Length / seconds:N0}/s, {Percentiles(latencies)}");
        }

        var reads = new double[20_000];
        for (var i = 0; i < reads.Length; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await store.RangeAsync(KeyRange.Key($"partitions/{i:D8}"), 0, 0, default);
            reads[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }

        Print($"{name} read of one key: {Percentiles(reads)}");
        var scan = Stopwatch.GetTimestamp();
        var all = await store.RangeAsync(KeyRange.Prefix("partitions/"), 0, 0, default);
        Print($"{name} read of {all.Entries.Count:N0} keys: {Stopwatch.GetElapsedTime(scan).TotalMilliseconds:N1} ms");
        Print($"{name} memory after a full collection: {GC.GetTotalMemory(forceFullCollection: true) >> 20} MiB");
    }

    private static void MeasureFlush(string folder)
    {
        var path = Path.Combine(folder, "flush");
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        var page = new byte[4_096];
        var latencies = new double[1_000];
        for (var i = 0; i < latencies.Length; i++)
        {
            var began = Stopwatch.GetTimestamp();
            stream.Write(page);
            stream.Flush(flushToDisk: true);
            latencies[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }

        Print($"disk, write of 4 KiB and flush: {Percentiles(latencies)}");
    }

    private static string Percentiles(double[] microseconds)
    {
        Array.Sort(microseconds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"p50 {At(0.5):N1} us, p99 {At(0.99):N1} us, max {microseconds[^1]:N1} us");

        double At(double quantile) => microseconds[(int)(quantile * (microseconds.Length - 1))];
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
