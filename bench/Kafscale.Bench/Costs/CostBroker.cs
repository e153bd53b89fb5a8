using System.Buffers;
using Kafscale.Broker;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Requests;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;
using Kafscale.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Bench.Costs;

/// <summary>A broker with the settings that it has on S3, on a store that counts and a clock that is moved by hand.</summary>
internal sealed class CostBroker : IAsyncDisposable
{
    private const string Topic = "costs";
    private const short CreateTopicsVersion = 5;
    private const short ProduceVersion = 9;
    private const short FetchVersion = 12;
    private const int FetchMaxBytes = 50 * 1024 * 1024;
    private const int PartitionMaxBytes = 1024 * 1024;
    private const int PartitionsPerFetch = 100;

    private static readonly TimeSpan FlushInterval = new FlusherOptions().FlushInterval;
    private static readonly TimeSpan SessionTimeToLive = TimeSpan.FromHours(1);
    private static readonly MaintenanceOptions Maintenance = new();

    private readonly int _partitions;
    private readonly MemoryMetadataStore _metadata;
    private readonly BrokerNode _node;

    private CostBroker(int partitions)
    {
        _partitions = partitions;
        var options = new BrokerOptions
        {
            BrokerId = 0,
            AdvertisedHost = "localhost",
            AdvertisedPort = 9092,
            SessionTimeToLive = SessionTimeToLive,
            Maintenance = Maintenance,
        };
        Time = new SteppedTime(Maintenance.Interval, Maintenance.GracePeriod / 4, SessionTimeToLive / 3);
        Store = new CountingObjectStore(new ObjectKeys(options.Namespace), Time);
        _metadata = new MemoryMetadataStore(Time);
        _node = new BrokerNode(options, ObjectStoreLanes.Shared(Store), _metadata, Time, new Random(0), NullLoggerFactory.Instance);
        EndOffsets = new long[partitions];
    }

    public SteppedTime Time { get; }

    public CountingObjectStore Store { get; }

    /// <summary>The offset behind the last record of each partition.</summary>
    public long[] EndOffsets { get; }

    public static async Task<CostBroker> StartAsync(int partitions)
    {
        var broker = new CostBroker(partitions);
        await broker._node.StartAsync(CancellationToken.None);
        var request = new CreateTopicsRequest { Topics = { new() { Name = Topic, NumPartitions = partitions, ReplicationFactor = 1 } }, TimeoutMs = 60_000 };
        await broker.SendAsync<CreateTopicsResponse>(request, CreateTopicsVersion, response => Check(response.Topics[0].ErrorCode));
        return broker;
    }

    /// <summary>Produces a batch to each of some partitions, and lets the flush interval pass.</summary>
    /// <param name="batch">A batch of one record.</param>
    /// <param name="partitions">To which partitions.</param>
    /// <param name="batches">How many of it to each.</param>
    public async Task ProduceAsync(byte[] batch, IEnumerable<int> partitions, int batches)
    {
        var records = new ReadOnlySequence<byte>([.. Enumerable.Repeat(batch, batches).SelectMany(bytes => bytes)]);
        var topic = new ProduceRequest.TopicProduceData { Name = Topic };
        foreach (var partition in partitions)
        {
            topic.PartitionData.Add(new() { Index = partition, Records = records });
            EndOffsets[partition] += batches;
        }

        var request = new ProduceRequest { Acks = -1, TimeoutMs = 30_000, TopicData = { topic } };
        var produced = SendAsync<ProduceResponse>(request, ProduceVersion, response =>
        {
            foreach (var partition in response.Responses[0].PartitionResponses)
            {
                Check(partition.ErrorCode);
            }
        });
        await Time.PassAsync(FlushInterval);
        while (!produced.IsCompleted)
        {
            // The flusher had not set its timer yet, or is busy.
            await Task.WhenAny(produced, Task.Delay(TimeSpan.FromMilliseconds(20)));
            Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        await produced;
    }

    /// <summary>Reads partitions from their offsets to their ends as one consumer does, at most so many bytes.</summary>
    /// <returns>Bytes of batches.</returns>
    public async Task<long> ConsumeAsync(long[] offsets, long maxBytes)
    {
        var read = 0L;
        while (read < maxBytes && Enumerable.Range(0, _partitions).Where(partition => offsets[partition] < EndOffsets[partition]).ToList() is { Count: > 0 } behind)
        {
            foreach (var some in behind.Chunk(PartitionsPerFetch))
            {
                read += await FetchAsync(some, offsets);
            }
        }

        return read;
    }

    public async ValueTask DisposeAsync()
    {
        await _node.DisposeAsync();
        await _metadata.DisposeAsync();
    }

    private async Task<long> FetchAsync(int[] partitions, long[] offsets)
    {
        var topic = new FetchRequest.FetchTopic { Topic = Topic };
        foreach (var partition in partitions)
        {
            topic.Partitions.Add(new() { Partition = partition, FetchOffset = offsets[partition], CurrentLeaderEpoch = -1, PartitionMaxBytes = PartitionMaxBytes });
        }

        var request = new FetchRequest { MinBytes = 1, MaxBytes = FetchMaxBytes, SessionEpoch = -1, Topics = { topic } };
        var read = 0L;
        await SendAsync<FetchResponse>(request, FetchVersion, response =>
        {
            foreach (var partition in response.Responses[0].Partitions)
            {
                Check(partition.ErrorCode);
                read += partition.Records?.Length ?? 0;
                var batches = new RecordBatchReader(partition.Records ?? default);
                while (batches.TryRead(out var header, out _))
                {
                    offsets[partition.PartitionIndex] = header.NextOffset;
                }
            }
        });
        return read;
    }

    private async Task SendAsync<TResponse>(IRequestMessage request, short version, Action<TResponse> read)
        where TResponse : class, IResponseMessage
    {
        var context = new RequestContext
        {
            Connection = new ClientConnection("bench", "PLAINTEXT", "127.0.0.1"),
            ApiKey = request.ApiKey,
            ApiVersion = version,
            CorrelationId = 1,
            ClientId = "bench",
        };
        try
        {
            var handler = _node.Dispatcher.Find((short)request.ApiKey, version)!;
            read((TResponse)(await handler.HandleAsync(context, request, CancellationToken.None))!);
        }
        finally
        {
            context.DisposeResources();
        }
    }

    private static void Check(ErrorCode error)
    {
        if (error != ErrorCode.None)
        {
            throw new InvalidOperationException($"A request failed: {error}");
        }
    }
}
