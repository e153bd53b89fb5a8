using System.Buffers;
using System.IO.Pipelines;
using Kafscale.Broker;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Network;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Requests;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol.Messages;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Fuzzing.Targets.Connections;

/// <summary>A whole broker on stores in memory, without sockets, with two topics.</summary>
internal sealed class FuzzedBroker : IAsyncDisposable
{
    private readonly FailureLog _log = new();
    private readonly MemoryMetadataStore _metadata = new(TimeProvider.System);
    private readonly CancellationTokenSource _stop = new();
    private readonly BrokerNode _node;
    private readonly ConnectionServices _services;

    public FuzzedBroker()
    {
        _node = new BrokerNode(
            new BrokerOptions
            {
                BrokerId = 1,
                AdvertisedHost = "localhost",
                AdvertisedPort = 9092,
                SessionTimeToLive = TimeSpan.FromMinutes(10),
                BufferMaxBytes = 8 << 20,
                CacheBytes = 8 << 20,
                Flusher = new FlusherOptions { FlushInterval = TimeSpan.Zero },
                Cluster = new ClusterOptions { NodeId = 1, LogDirectory = "memory" },
            },
            ObjectStoreLanes.Shared(new MemoryObjectStore(TimeProvider.System)),
            _metadata,
            TimeProvider.System,
            new Random(1),
            _log);
        _services = new ConnectionServices(new NetworkLimits(), _node.Dispatcher, TimeProvider.System, _log);
    }

    public RequestDispatcher Dispatcher => _node.Dispatcher;

    public async Task StartAsync()
    {
        await _node.StartAsync(_stop.Token);
        var request = new CreateTopicsRequest
        {
            TimeoutMs = 5000,
            Topics = [new() { Name = "t", NumPartitions = 1, ReplicationFactor = 1 }, new() { Name = "topic-1", NumPartitions = 3, ReplicationFactor = 1 }],
        };
        await ServeAsync(Frames.Create(request, version: 5));
        _log.Take();
    }

    /// <summary>Serves a client that sends these bytes and hangs up.</summary>
    /// <returns>Whether all of them were requests.</returns>
    /// <exception cref="WrongResultException">Something in the broker failed.</exception>
    public async Task<bool> ServeAsync(ReadOnlyMemory<byte> bytes)
    {
        var toBroker = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var toClient = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        toBroker.Writer.Write(bytes.Span);
        await toBroker.Writer.CompleteAsync();
        using var connection = new KafkaConnection(
            new DuplexPipe(toBroker.Reader, toClient.Writer),
            new ClientConnection(_services.NextConnectionId(), "PLAINTEXT", "127.0.0.1"),
            _services,
            abortTransport: null,
            stopToken: default,
            _stop.Token);
        ConnectionCloseReason reason = await connection.RunAsync();
        for (ReadResult read = default; !read.IsCompleted;)
        {
            read = await toClient.Reader.ReadAsync();
            toClient.Reader.AdvanceTo(read.Buffer.End);
        }

        if (_log.Take() is { } failure)
        {
            throw new WrongResultException(failure);
        }

        return _services.InFlightBytes.UsedBytes == 0
            ? reason == ConnectionCloseReason.ClientClosed
            : throw new WrongResultException($"{_services.InFlightBytes.UsedBytes} bytes of requests are never given back.");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _node.DisposeAsync();
        await _metadata.DisposeAsync();
        _stop.Dispose();
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
