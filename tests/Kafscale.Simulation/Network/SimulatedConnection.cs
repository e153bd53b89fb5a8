using System.IO.Pipelines;
using Kafscale.Broker.Network;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Network;

/// <summary>A connection of a client with a broker: bytes arrive late, in order, and until either end or the network ends it.</summary>
internal sealed class SimulatedConnection
{
    private readonly SimulatedNetwork _network;
    private readonly SimulatedProcess _client;
    private readonly SimulatedProcess _server;
    private readonly Link _link;
    private readonly CancellationTokenSource _torn = new();

    public SimulatedConnection(SimulatedNetwork network, Scheduler scheduler, SimulatedProcess client, SimulatedProcess server, Link link)
    {
        _network = network;
        _client = client;
        _server = server;
        _link = link;
        var options = new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline);

        // Several of a client's requests may be written while an earlier one is flushed: it must never wait.
        var clientOutput = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: 0));
        var serverInput = new Pipe(options);
        var serverOutput = new Pipe(options);
        var clientInput = new Pipe(options);
        Client = new DuplexPipe(clientInput.Reader, clientOutput.Writer);
        Server = new DuplexPipe(serverInput.Reader, serverOutput.Writer);
        client.Ended += Tear;
        server.Ended += Tear;
        scheduler.World.Start(() => CarryAsync(clientOutput.Reader, serverInput.Writer, scheduler.World));
        Sent = scheduler.World.Start(() => CarryAsync(serverOutput.Reader, clientInput.Writer, scheduler.World));
    }

    /// <summary>The client's end.</summary>
    public IDuplexPipe Client { get; }

    /// <summary>The broker's end.</summary>
    public IDuplexPipe Server { get; }

    /// <summary>Completes when the broker has sent everything and ended its output, or the connection is torn.</summary>
    public Task Sent { get; }

    public bool IsOf(SimulatedProcess process) => process == _client || process == _server;

    /// <summary>Ends the connection for both ends; what is on its way is lost.</summary>
    public void Tear()
    {
        _client.Ended -= Tear;
        _server.Ended -= Tear;
        _network.Forget(this);
        _torn.Cancel();
    }

    private async Task CarryAsync(PipeReader from, PipeWriter to, SimulatedProcess world)
    {
        try
        {
            while (true)
            {
                var read = await from.ReadAsync(_torn.Token);
                await world.DelayAsync(_network.Latency());
                if (_link.IsCut)
                {
                    await _link.UntilOpenAsync();
                    _torn.Token.ThrowIfCancellationRequested();
                }

                foreach (var part in read.Buffer)
                {
                    await to.WriteAsync(part, _torn.Token);
                }

                from.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }

            await from.CompleteAsync();
            await to.CompleteAsync();
        }
        catch (OperationCanceledException)
        {
            var reset = new IOException("The connection was reset.");
            await from.CompleteAsync(reset);
            await to.CompleteAsync(reset);
        }
        catch (Exception exception) when (exception is IOException or ConnectionFaultException)
        {
            // An end has ended its side with an error: a reset for the other one.
            var reset = new IOException("The connection was reset.", exception);
            await from.CompleteAsync(reset);
            await to.CompleteAsync(reset);
        }
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
