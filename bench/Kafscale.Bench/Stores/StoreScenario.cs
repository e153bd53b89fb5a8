using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kafscale.Storage.Binary;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Bench.Stores;

/// <summary>What the object stores cost this process, without a broker: writing WAL objects, and reading ranges of them.</summary>
internal static class StoreScenario
{
    public const string Command = "stores";
    public const string CountOption = "--mib";
    public const int DefaultMib = 1024;

    public const string Usage =
        """
        usage: bench/run stores [--mib N]

          --mib N   what is written to and read from each store (default 1024)
        """;

    private const int ObjectBytes = 8 * 1024 * 1024;
    private const int PieceBytes = 64 * 1024;
    private const int ReadBytes = 1024 * 1024;
    private const int PutsAtATime = 4;
    private const int ReadsAtATime = 8;

    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAsync(CountOptions options)
    {
        var table = new StringBuilder("| Store | | MB/s | CPU-s/GiB | of it user | system | allocated KiB/request |\n|---|---|---:|---:|---:|---:|---:|\n");
        using var folder = new TemporaryFolder();
        await MeasureAsync("memory", new MemoryObjectStore(TimeProvider.System), options, table);
        using var files = await FileSystemObjectStore.OpenAsync(folder.File("objects"), TimeProvider.System, CancellationToken.None);
        await MeasureAsync("file", files, options, table);
        await using var gateway = await RadosGateway.StartAsync();
        using var s3 = new S3ObjectStore(await gateway.CreateBucketAsync(), TimeProvider.System);
        await MeasureAsync("s3 over http", s3, options, table);
        return table.ToString();
    }

    private static async Task MeasureAsync(string name, IObjectStore store, CountOptions options, StringBuilder table)
    {
        var body = CreateBody();
        var objects = Math.Max(PutsAtATime, options.Count * 1024 * 1024 / ObjectBytes);
        var reads = objects * (ObjectBytes / ReadBytes);

        // Until the just-in-time compiler has come to its final code; the objects are written again.
        await PutAsync(store, body, objects / 4);
        await RunAsync("put of 8 MiB", objects, objects * (long)ObjectBytes, () => PutAsync(store, body, objects));
        await ReadAsync(store, objects, reads / 4);
        await RunAsync("read of 1 MiB", reads, reads * (long)ReadBytes, () => ReadAsync(store, objects, reads));

        async Task RunAsync(string operation, int requests, long bytes, Func<Task> run)
        {
            var before = Environment.CpuUsage;
            var allocated = GC.GetTotalAllocatedBytes(precise: true);
            var startedAt = Stopwatch.GetTimestamp();
            await run();
            var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
            var after = Environment.CpuUsage;
            var gib = bytes / (1024.0 * 1024 * 1024);
            var user = (after.UserTime - before.UserTime).TotalSeconds / gib;
            var system = (after.PrivilegedTime - before.PrivilegedTime).TotalSeconds / gib;
            var kibPerRequest = (GC.GetTotalAllocatedBytes(precise: true) - allocated) / 1024.0 / requests;
            table.Append(
                CultureInfo.InvariantCulture,
                $"| {name} | {operation} | {bytes / 1e6 / seconds:0} | {user + system:0.00} | {user:0.00} | {system:0.00} | {kibPerRequest:0} |\n");
        }
    }

    // As the append buffer has it: many pieces.
    private static ReadOnlySequence<byte> CreateBody()
    {
        var body = new SequenceBuilder();
        for (var i = 0; i < ObjectBytes / PieceBytes; i++)
        {
            var piece = new byte[PieceBytes];
            new Random(i).NextBytes(piece);
            body.Append(piece);
        }

        return body.ToSequence();
    }

    private static Task PutAsync(IObjectStore store, ReadOnlySequence<byte> body, int objects) => SideBySideAsync(
        PutsAtATime, objects, i => store.PutAsync(KeyOf(i), body, PutCondition.None, CancellationToken.None).AsTask());

    private static Task ReadAsync(IObjectStore store, int objects, int reads) => SideBySideAsync(ReadsAtATime, reads, async i =>
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        var offset = (long)ReadBytes * (i % (ObjectBytes / ReadBytes));
        if (await store.ReadAsync(KeyOf(i % objects), offset, buffer.AsMemory(0, ReadBytes), CancellationToken.None) != ReadBytes)
        {
            throw new InvalidOperationException("Fewer bytes were read than written.");
        }

        ArrayPool<byte>.Shared.Return(buffer);
    });

    private static async Task SideBySideAsync(int atATime, int count, Func<int, Task> run)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, atATime).Select(async _ =>
        {
            for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
            {
                await run(i);
            }
        }));
    }

    private static string KeyOf(int i) => string.Create(CultureInfo.InvariantCulture, $"bench/{i}");
}
