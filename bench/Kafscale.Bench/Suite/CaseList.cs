using Kafscale.Protocol.Records;

namespace Kafscale.Bench.Suite;

/// <summary>Everything that is measured: a base case each for producing and fetching, and what differs from it in one respect.</summary>
/// <remarks>Amounts are such that a case takes about three seconds, and keeps at most 2 GiB.</remarks>
internal static class CaseList
{
    private const int KiB = 1024;
    private const int MiB = 1024 * 1024;

    // So much in flight over all connections that the broker never waits for the client.
    private static readonly BenchCase Produce = new()
    {
        Operation = Operation.Produce,
        InFlight = 4,
        Requests = 1024,
        WarmUpRequests = 512,
    };

    private static readonly BenchCase Steady = Produce with { IsSteady = true, Requests = 4096, WarmUpRequests = 6144 };

    // What is prepared is less than half of the default cache.
    private static readonly BenchCase Fetch = new()
    {
        Operation = Operation.FetchFromCache,
        Requests = 8192,
        WarmUpRequests = 4096,
        PreparingRequests = 96,
    };

    private static readonly BenchCase Small = Produce with { RecordBytes = 100, RecordsPerBatch = 1, WarmUpRequests = 300_000 };

    private static readonly BenchCase SmallFetch = Fetch with { RecordBytes = 100, RecordsPerBatch = 1, PreparingRequests = 2_000, WarmUpRequests = 100_000 };

    private static readonly BenchCase Client = new()
    {
        Operation = Operation.ClientProduce,
        Stores = [Store.Memory, Store.File],
        Requests = 512 * KiB,
        WarmUpRequests = 256 * KiB,
    };

    public static IReadOnlyList<BenchCase> All { get; } =
    [
        Produce with { Stores = [Store.Memory, Store.File] },
        Steady,
        Produce with { Stores = [Store.S3], Requests = 384, WarmUpRequests = 256 },
        Produce with { RecordBytes = 100, RecordsPerBatch = 10_000 },
        Produce with { RecordBytes = 100 * KiB, RecordsPerBatch = 10 },
        Produce with { RecordBytes = MiB, RecordsPerBatch = 1 },
        Produce with { RecordsPerBatch = 1, InFlight = 100, Requests = 100_000, WarmUpRequests = 100_000 },
        Produce with { RecordsPerBatch = 16, InFlight = 32, Requests = 32_000, WarmUpRequests = 32_000 },
        Produce with { RecordsPerBatch = 128, InFlight = 16, Requests = 8_000, WarmUpRequests = 4_000 },
        Produce with { Connections = 1, InFlight = 16 },
        Produce with { Connections = 16, InFlight = 1 },
        Produce with { Connections = 100, InFlight = 1 },
        Produce with { Partitions = 1 },
        Produce with { Partitions = 100, BatchesPerRequest = 25, RecordsPerBatch = 40 },
        Produce with { Partitions = 1_000, BatchesPerRequest = 250, RecordsPerBatch = 4, Requests = 512, WarmUpRequests = 256 },
        Produce with { Partitions = 10_000, BatchesPerRequest = 1_000, RecordsPerBatch = 1, Requests = 512, WarmUpRequests = 256 },
        Produce with { Compression = CompressionType.Lz4 },
        Produce with { Compression = CompressionType.Zstd },
        Small with { Connections = 100, InFlight = 1, Requests = 30_000 },
        Small with { Connections = 100, InFlight = 16, Requests = 300_000 },
        Small with { Connections = 1, InFlight = 1, Requests = 300, WarmUpRequests = 20_000 },
        Produce with { RecordsPerBatch = 16, MegabytesPerSecond = 20, InFlight = 100, Requests = 3_600, WarmUpRequests = 8_000, Stores = [Store.Memory, Store.File, Store.S3] },
        Steady with { MegabytesPerSecond = 200, InFlight = 16, Requests = 1_800, WarmUpRequests = 2_000 },

        Fetch with { Stores = [Store.Memory, Store.File] },
        Fetch with { RecordBytes = 100, RecordsPerBatch = 10_000 },
        Fetch with { RecordBytes = 100 * KiB, RecordsPerBatch = 10 },
        Fetch with { RecordBytes = MiB, RecordsPerBatch = 1 },
        Fetch with { RecordsPerBatch = 1, FetchBytes = MiB, PreparingRequests = 32_000 },
        Fetch with { RecordsPerBatch = 16, FetchBytes = MiB, PreparingRequests = 6_000 },
        Fetch with { Connections = 1 },
        Fetch with { Connections = 100 },
        Fetch with { Partitions = 1 },
        Fetch with { Partitions = 100, BatchesPerRequest = 25, RecordsPerBatch = 40 },
        Fetch with { Partitions = 1_000, BatchesPerRequest = 250, RecordsPerBatch = 4, Requests = 2048, WarmUpRequests = 1024 },
        Fetch with { Partitions = 10_000, BatchesPerRequest = 1_000, RecordsPerBatch = 1, Requests = 1024, WarmUpRequests = 512 },
        Fetch with { Compression = CompressionType.Zstd },
        SmallFetch with { Connections = 100, Requests = 150_000 },
        SmallFetch with { Connections = 1, Requests = 30_000 },
        Fetch with { Operation = Operation.FetchFromStore, PreparingRequests = 768, Requests = 4096, WarmUpRequests = 1024, Stores = [Store.Memory, Store.File] },
        Fetch with { Operation = Operation.FetchFromStore, PreparingRequests = 768, Requests = 1024, WarmUpRequests = 512, Stores = [Store.S3] },

        Client,
        Client with { Operation = Operation.ClientConsume },
    ];
}
