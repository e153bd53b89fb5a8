using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Broker.Configuration;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Requests;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging.Abstractions;
using Kafscale.Testing;

namespace Kafscale.Broker.Tests.Support;

/// <summary>A broker without sockets whose ways to the stores can be made to fail, with the requests of a client.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    /// <summary>How long a test waits for what must happen.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const short ProduceVersion = 9;
    private const short FetchVersion = 12;

    private readonly TestCluster _cluster;
    private readonly FaultyMetadataStore _metadataStore;
    private bool _isDisposed;

    public TestBroker(TestCluster cluster, BrokerOptions options, Random random)
    {
        _cluster = cluster;
        _metadataStore = new FaultyMetadataStore(cluster.Metadata, Faults);
        Node = new BrokerNode(
            options,
            cluster.LanesOf(new FaultyObjectStore(cluster.Objects, Faults)) with { Health = Health },
            _metadataStore,
            cluster.TimeProvider,
            random,
            NullLoggerFactory.Instance);
    }

    public Faults Faults { get; } = new();

    /// <summary>How the object store does; nothing of what the faults do changes it.</summary>
    public SetHealth Health { get; } = new();

    public BrokerNode Node { get; }

    public bool IsRunning => !_isDisposed && !Node.Completion.IsCompleted && Node.NotReadyReasons.Count == 0;

    /// <summary>Whether it is one that leads and not only reads.</summary>
    public bool Leads => Node.Services.Options.Leads;

    /// <summary>Lets the broker hear of no more changes of metadata until they are released.</summary>
    public Block HoldMetadata() => _metadataStore.HoldStream();

    /// <summary>The lease of its newest session; 0 where it has had none.</summary>
    public long Lease => _metadataStore.Lease;

    /// <summary>Has the broker fail at the next change of metadata that it hears of.</summary>
    public void DamageMetadata(Exception damage) => _metadataStore.DamageStream(damage);

    public PartitionLog Log(string topic, int partition = 0)
    {
        Assert.True(Node.Services.Cluster.TryGetPartition(topic, partition, out var log), $"{topic}-{partition} is not known.");
        return log;
    }

    public ValueTask<Manifest?> ManifestAsync(string topic, int partition = 0) =>
        Node.Services.Manifests.ReadAsync(Log(topic, partition), TestCluster.Cancelled);

    /// <summary>Ends the broker's session in the store, as if its lease had run out; the broker is not told.</summary>
    public async ValueTask ExpireSessionAsync()
    {
        if (Lease is not 0 and var lease)
        {
            await _cluster.Metadata.RevokeLeaseAsync(lease, TestCluster.Cancelled);
        }
    }

    public bool IsLeading(Guid topicId, int partition) =>
        Node.Services.Cluster.TryGetPartition(topicId, partition, out var log) && log.Appender is { IsLeading: true };

    public async Task UntilLeadingAsync(Guid topicId, int partitionCount = 1) => await UntilAsync(
        () => Node.Services.Cluster.TryGetTopic(topicId, out var topic)
            && topic.Partitions.Count >= partitionCount
            && topic.Partitions.All(log => log.Appender is { IsLeading: true }));

    public async Task UntilLeadingAsync(string topicName) => await UntilAsync(
        () => Node.Services.Cluster.TryGetTopic(topicName, out var topic) && topic.Partitions.All(log => log.Appender is { IsLeading: true }));

    /// <summary>Waits for something that the broker does by itself.</summary>
    public static Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string expectation = "") =>
        Eventually.HoldsAsync(condition, Patience, expectation);

    public static Task UntilAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string expectation = "") =>
        Eventually.HoldsAsync(condition, Patience, expectation);

    /// <summary>Sends a request in a version; what the response refers to is released when the caller disposes the context.</summary>
    public async Task<TResponse> SendAsync<TResponse>(IRequestMessage request, short version, Action<TResponse>? read = null, CancellationToken endWaiting = default)
        where TResponse : class, IResponseMessage
    {
        var handler = Node.Dispatcher.Find((short)request.ApiKey, version);
        Assert.NotNull(handler);
        var context = new RequestContext
        {
            Connection = new ClientConnection("test", "PLAINTEXT", "127.0.0.1"),
            ApiKey = request.ApiKey,
            ApiVersion = version,
            CorrelationId = 1,
            ClientId = "test",
            EndWaiting = endWaiting,
        };
        try
        {
            var response = await handler.HandleAsync(context, request, TestCluster.Cancelled);
            var typed = Assert.IsType<TResponse>(response);
            read?.Invoke(typed);
            return typed;
        }
        finally
        {
            context.DisposeResources();
        }
    }

    /// <summary>Deletes the records of a partition before an offset.</summary>
    public async Task<(ErrorCode Error, long LowWatermark)> DeleteRecordsAsync(string topic, int partition, long offset)
    {
        var deletion = new DeleteRecordsRequest.DeleteRecordsPartition { PartitionIndex = partition, Offset = offset };
        var request = new DeleteRecordsRequest { TimeoutMs = 10_000, Topics = [new() { Name = topic, Partitions = [deletion] }] };
        var answer = (await SendAsync<DeleteRecordsResponse>(request, 2).WaitAsync(Patience)).Topics[0].Partitions[0];
        return (answer.ErrorCode, answer.LowWatermark);
    }

    /// <summary>Sends batches to one partition in one request.</summary>
    public async Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(string topic, int partition, params byte[][] batches)
    {
        var response = await ProduceAsync((topic, partition, batches));
        return response[(topic, partition)];
    }

    /// <summary>Sends one batch of records to partition 0.</summary>
    public Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(string topic, params string[] values) =>
        ProduceAsync(topic, 0, Batches.Of(values));

    /// <summary>Sends batches to several partitions in one request.</summary>
    public async Task<Dictionary<(string Topic, int Partition), ProduceResponse.PartitionProduceResponse>> ProduceAsync(
        params (string Topic, int Partition, byte[][] Batches)[] appends)
    {
        var request = new ProduceRequest { Acks = -1, TimeoutMs = 30_000 };
        foreach (var topic in appends.GroupBy(append => append.Topic))
        {
            var topicData = new ProduceRequest.TopicProduceData { Name = topic.Key };
            request.TopicData.Add(topicData);
            foreach (var append in topic)
            {
                topicData.PartitionData.Add(new ProduceRequest.PartitionProduceData
                {
                    Index = append.Partition,
                    Records = new ReadOnlySequence<byte>([.. append.Batches.SelectMany(batch => batch)]),
                });
            }
        }

        var response = await SendAsync<ProduceResponse>(request, ProduceVersion).WaitAsync(Patience);
        return response.Responses
            .SelectMany(topic => topic.PartitionResponses, (topic, partition) => ((topic.Name, partition.Index), partition))
            .ToDictionary();
    }

    /// <summary>Produces one batch of records to partition 0 and expects its acknowledgement.</summary>
    public async Task<long> MustProduceAsync(string topic, params string[] values) => await MustProduceAsync(topic, 0, Batches.Of(values));

    public async Task<long> MustProduceAsync(string topic, int partition, params byte[][] batches)
    {
        var response = await ProduceAsync(topic, partition, batches);
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        return response.BaseOffset;
    }

    /// <summary>Fetches, and copies what was fetched.</summary>
    public async Task<FetchAnswer> FetchAsync(FetchRequest request, short version = FetchVersion, CancellationToken endWaiting = default)
    {
        FetchAnswer? answer = null;
        await SendAsync<FetchResponse>(request, version, response => answer = new FetchAnswer(response), endWaiting).WaitAsync(Patience, CancellationToken.None);
        return answer!;
    }

    /// <summary>Fetches from one partition without waiting.</summary>
    public async Task<FetchedPartition> FetchAsync(string topic, int partition, long offset, int maxBytes = 1024 * 1024)
    {
        var answer = await FetchAsync(Fetches.Of(maxBytes, (topic, partition, offset)));
        return Assert.Single(answer.Partitions);
    }

    /// <summary>Every record of a partition from an offset on, as a consumer reads it.</summary>
    public async Task<List<StoredRecord>> ReadAsync(string topic, int partition = 0, long offset = 0, int maxBytes = 1024 * 1024)
    {
        var records = new List<StoredRecord>();
        while (true)
        {
            var fetched = await FetchAsync(topic, partition, offset, maxBytes);
            Assert.Equal(ErrorCode.None, fetched.Error);
            if (fetched.Records.Count == 0)
            {
                Assert.Equal(fetched.HighWatermark, offset);
                return records;
            }

            records.AddRange(fetched.Records.Where(record => record.Offset >= offset));
            offset = records[^1].Offset + 1;
        }
    }

    public async Task<List<string>> ReadValuesAsync(string topic, int partition = 0, long offset = 0)
    {
        var records = await ReadAsync(topic, partition, offset);
        Assert.Equal(records.Select((_, index) => offset + index), records.Select(record => record.Offset));
        return [.. records.Select(record => record.Value)];
    }

    public async Task<ListOffsetsResponse.ListOffsetsPartitionResponse> ListOffsetAsync(string topic, int partition, long timestamp)
    {
        var request = new ListOffsetsRequest { ReplicaId = -1 };
        var listed = new ListOffsetsRequest.ListOffsetsTopic { Name = topic };
        listed.Partitions.Add(new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = partition, Timestamp = timestamp, CurrentLeaderEpoch = -1 });
        request.Topics.Add(listed);
        var response = await SendAsync<ListOffsetsResponse>(request, 7).WaitAsync(Patience);
        return response.Topics[0].Partitions[0];
    }

    public async Task<OffsetForLeaderEpochResponse.EpochEndOffset> EpochEndAsync(string topic, int partition, int epoch, int currentEpoch = -1)
    {
        var request = new OffsetForLeaderEpochRequest();
        var asked = new OffsetForLeaderEpochRequest.OffsetForLeaderTopic { Topic = topic };
        asked.Partitions.Add(new OffsetForLeaderEpochRequest.OffsetForLeaderPartition { Partition = partition, CurrentLeaderEpoch = currentEpoch, LeaderEpoch = epoch });
        request.Topics.Add(asked);
        var response = await SendAsync<OffsetForLeaderEpochResponse>(request, 4).WaitAsync(Patience);
        return response.Topics[0].Partitions[0];
    }

    public async Task StopAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await Node.StopAsync(deadline.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        await Node.DisposeAsync();
        Health.Dispose();
    }
}
