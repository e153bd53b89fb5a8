using System.Globalization;
using Kafscale.Bench.Loads;
using Kafscale.Protocol.Records;

namespace Kafscale.Bench.Suite;

/// <summary>One thing that is measured. What is not said is that of the base case: 1,000 records of 1 KiB in a batch, one batch in a request.</summary>
internal sealed record BenchCase
{
    private const int BaseConnections = 4;
    private const int BaseProduceInFlight = 4;
    private const int BaseFetchInFlight = 1;
    private const int BasePartitions = 8;
    private const int PreparingBytesInFlight = 16 * 1024 * 1024;
    private const int MaxPreparingInFlight = 64;

    public required Operation Operation { get; init; }

    public IReadOnlyList<Store> Stores { get; init; } = [Store.Memory];

    public int RecordBytes { get; init; } = 1024;

    public int RecordsPerBatch { get; init; } = 1000;

    /// <summary>Of different partitions.</summary>
    public int BatchesPerRequest { get; init; } = 1;

    public int Connections { get; init; } = BaseConnections;

    /// <summary>Requests that a connection has unanswered at a time.</summary>
    public int InFlight { get; init; } = 1;

    public int Partitions { get; init; } = BasePartitions;

    public CompressionType Compression { get; init; }

    /// <summary>What a fetch asks of a partition; null: one batch.</summary>
    public int? FetchBytes { get; init; }

    /// <summary>
    /// Whether as much is deleted as is written, so that what is measured is the broker and not how fast the system hands out memory.
    /// </summary>
    public bool IsSteady { get; init; }

    /// <summary>Requests at fixed times; 0: as fast as they are answered.</summary>
    public double MegabytesPerSecond { get; init; }

    /// <summary>Requests that are measured; of a client library, records.</summary>
    public required int Requests { get; init; }

    /// <summary>Requests beforehand, until the just-in-time compiler has come to its final code.</summary>
    public required int WarmUpRequests { get; init; }

    /// <summary>Produce requests of what is then fetched.</summary>
    public int PreparingRequests { get; init; }

    /// <summary>So many that preparing is not what takes long, and so few that the broker has room for them.</summary>
    public int PreparingInFlight => (int)Math.Clamp(PreparingBytesInFlight / PayloadBytesPerRequest / Connections, 1, MaxPreparingInFlight);

    public BatchShape Batch => new(RecordBytes, RecordsPerBatch, Compression);

    public long PayloadBytesPerRequest => Batch.PayloadBytes * BatchesPerRequest;

    public double RequestsPerSecond => MegabytesPerSecond * 1e6 / PayloadBytesPerRequest;

    /// <summary>Enough for one batch and not for two, because batches of different records differ a little, or what is asked for.</summary>
    public int PartitionMaxBytes => FetchBytes ?? (int)(Batch.PayloadBytes + (Batch.PayloadBytes / 4)) + 128;

    /// <summary>Whether latencies tell something: not where they are those of the queue that the load itself fills.</summary>
    public bool HasLatencies => !IsByClient && (InFlight == 1 || MegabytesPerSecond > 0);

    public bool IsByClient => Operation is Operation.ClientProduce or Operation.ClientConsume;

    /// <summary>What it is, and in what it differs from the base case; unique.</summary>
    public string Name
    {
        get
        {
            var parts = new List<string> { $"{OperationName} {Batches}" };
            AddUnless(Connections == BaseConnections || IsByClient, Plural(Connections, "connection"));
            AddUnless(IsByClient || MegabytesPerSecond > 0 || InFlight == BaseInFlight, $"{InFlight} in flight");
            AddUnless(FetchBytes is null, $"{FetchBytes / 1024} KiB at a time");
            AddUnless(Partitions == BasePartitions, Plural(Partitions, "partition"));
            AddUnless(!IsSteady, "steady");
            AddUnless(Compression == CompressionType.None, Compression.ToString().ToLowerInvariant());
            AddUnless(MegabytesPerSecond == 0, string.Create(CultureInfo.InvariantCulture, $"at {MegabytesPerSecond} MB/s"));
            return string.Join(", ", parts);

            void AddUnless(bool isUsual, string part)
            {
                if (!isUsual)
                {
                    parts.Add(part);
                }
            }
        }
    }

    private int BaseInFlight => Operation == Operation.Produce ? BaseProduceInFlight : BaseFetchInFlight;

    private string OperationName => Operation switch
    {
        Operation.Produce => "produce",
        Operation.FetchFromCache => "fetch from cache",
        Operation.FetchFromStore => "fetch from store",
        Operation.ClientProduce => "librdkafka produce",
        _ => "librdkafka consume",
    };

    private string Batches
    {
        get
        {
            var record = RecordBytes switch
            {
                >= 1024 * 1024 => $"{RecordBytes / (1024 * 1024)} MiB",
                >= 1024 => $"{RecordBytes / 1024} KiB",
                _ => $"{RecordBytes} B",
            };
            var batch = IsByClient ? record : $"{Number(RecordsPerBatch)} × {record}";
            return BatchesPerRequest == 1 ? batch : $"{Number(BatchesPerRequest)} × {batch}";
        }
    }

    private static string Plural(int count, string noun) => $"{Number(count)} {noun}{(count == 1 ? "" : "s")}";

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
