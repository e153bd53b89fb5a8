using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Kafscale.Broker.Network;
using Kafscale.Broker.Requests;
using Kafscale.Broker.Telemetry;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Tests.Network;

/// <summary>Connections on pipes in memory, with the handlers of the test.</summary>
internal sealed class TestBroker : IAsyncDisposable
{
    private readonly List<Task<ConnectionCloseReason>> _running = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly List<KafkaConnection> _connections = [];

    public TestBroker(params IRequestHandler[] handlers)
        : this(new NetworkLimits(), TimeProvider.System, handlers)
    {
    }

    public TestBroker(NetworkLimits limits, TimeProvider timeProvider, params IRequestHandler[] handlers)
    {
        Log = new RecordingLogger();
        Services = new ConnectionServices(limits, new RequestDispatcher(handlers, new BrokerMetrics(timeProvider)), timeProvider, Log);
    }

    public ConnectionServices Services { get; }

    public RecordingLogger Log { get; }

    public IReadOnlyList<KafkaConnection> Connections => _connections;

    /// <summary>Connects a client.</summary>
    /// <param name="inputPauseBytes">How much the client may send ahead of the broker's reading.</param>
    /// <param name="outputPauseBytes">How much the broker may write ahead of the client's reading.</param>
    public TestClient Connect(long inputPauseBytes = 65536, long outputPauseBytes = 65536) =>
        Connect(out _, inputPauseBytes, outputPauseBytes);

    public TestClient Connect(
        out Task<ConnectionCloseReason> ended,
        long inputPauseBytes = 65536,
        long outputPauseBytes = 65536,
        MemoryPool<byte>? outputPool = null)
    {
        var toBroker = new Pipe(new PipeOptions(pauseWriterThreshold: inputPauseBytes, resumeWriterThreshold: inputPauseBytes / 2));
        var toClient = new Pipe(
            new PipeOptions(outputPool, pauseWriterThreshold: outputPauseBytes, resumeWriterThreshold: outputPauseBytes / 2));
        return Connect(toBroker.Reader, toClient.Writer, toBroker.Writer, toClient.Reader, out ended);
    }

    /// <summary>Connects a client whose pipes have a stream between them and the broker, as TLS does.</summary>
    public TestClient ConnectThroughStreams()
    {
        var toBroker = new Pipe();
        var toClient = new Pipe();
        return Connect(
            PipeReader.Create(toBroker.Reader.AsStream()), PipeWriter.Create(toClient.Writer.AsStream()), toBroker.Writer, toClient.Reader, out _);
    }

    private TestClient Connect(
        PipeReader brokerInput, PipeWriter brokerOutput, PipeWriter clientOutput, PipeReader clientInput, out Task<ConnectionCloseReason> ended)
    {
        var client = new ClientConnection(_running.Count.ToString(CultureInfo.InvariantCulture), "PLAINTEXT", "127.0.0.1");
        var connection = new KafkaConnection(
            new DuplexPipe(brokerInput, brokerOutput), client, Services, abortTransport: null, _stop.Token, _abort.Token);
        _connections.Add(connection);
        ended = connection.RunAsync();
        _running.Add(ended);
        return new TestClient(new DuplexStream(clientInput.AsStream(), clientOutput.AsStream()));
    }

    /// <summary>Begins no further requests; completes when every connection has ended.</summary>
    public async Task StopAsync()
    {
        // On this thread: what the test does next comes after the stop.
        _stop.Cancel();
        await Task.WhenAll(_running).WaitAsync(TestClient.Patience);
    }

    public Task AbortAsync() => _abort.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await _abort.CancelAsync();
        await Task.WhenAll(_running).WaitAsync(TestClient.Patience);
        foreach (KafkaConnection connection in _connections)
        {
            connection.Dispose();
        }

        _stop.Dispose();
        _abort.Dispose();
        Assert.Equal(0, Services.InFlightBytes.UsedBytes);
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
