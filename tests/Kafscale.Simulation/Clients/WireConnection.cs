using System.Buffers;
using System.Buffers.Binary;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Simulation.Network;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Clients;

/// <summary>A client's connection with one broker: requests are pipelined, and answered in order.</summary>
internal sealed class WireConnection
{
    private readonly SimulatedProcess _process;
    private readonly SimulatedConnection _connection;
    private readonly Queue<PendingResponse> _pending = new();
    private int _lastCorrelationId;

    private WireConnection(SimulatedProcess process, SimulatedConnection connection, string name)
    {
        Name = name;
        _process = process;
        _connection = connection;
        process.Start(ReceiveAsync);
    }

    /// <summary>Tells it from all others.</summary>
    public string Name { get; }

    /// <summary>Whether it has ended; a new one is needed.</summary>
    public bool IsClosed { get; private set; }

    /// <exception cref="IOException">Nobody listens there, or there is no way.</exception>
    public static async Task<WireConnection> OpenAsync(SimulatedProcess process, SimulatedNetwork network, string host, int port, string name) =>
        new(process, await network.ConnectAsync(process, host, port), name);

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="IOException">The connection ended before, or there was no answer in time; what became of the request is unknown.</exception>
    public async Task<TResponse> SendAsync<TResponse>(IRequestMessage request, short version, TimeSpan timeout)
        where TResponse : class, IResponseMessage, new()
    {
        if (IsClosed)
        {
            throw new IOException("The connection has ended.");
        }

        var response = new TResponse();
        var pending = new PendingResponse(++_lastCorrelationId, response, version);
        _pending.Enqueue(pending);
        WriteFrame(request, version, pending.CorrelationId);
        await using var timer = _process.Clock.CreateTimer(_ => Close("A request was not answered in time."), null, timeout, Timeout.InfiniteTimeSpan);
        await _connection.Client.Output.FlushAsync();
        await pending.Answered.Task;
        return response;
    }

    /// <summary>Sends a request that has no answer.</summary>
    public async Task SendUnansweredAsync(IRequestMessage request, short version)
    {
        if (IsClosed)
        {
            throw new IOException("The connection has ended.");
        }

        WriteFrame(request, version, ++_lastCorrelationId);
        await _connection.Client.Output.FlushAsync();
    }

    /// <summary>Ends the connection; requests that wait for answers fail.</summary>
    public void Close(string because)
    {
        if (!IsClosed)
        {
            IsClosed = true;
            _connection.Tear();
            while (_pending.TryDequeue(out var pending))
            {
                pending.Answered.TrySetException(new IOException(because));
            }
        }
    }

    private void WriteFrame(IRequestMessage request, short version, int correlationId)
    {
        var headerVersion = ApiCatalog.RequestHeaderVersion(request.ApiKey, version);
        var header = new RequestHeader
        {
            RequestApiKey = (short)request.ApiKey,
            RequestApiVersion = version,
            CorrelationId = correlationId,
            ClientId = _process.Name,
        };
        var writer = new MessageWriter(_connection.Client.Output);
        writer.WriteInt32(header.Size(headerVersion) + request.Size(version));
        header.Write(ref writer, headerVersion);
        request.Write(ref writer, version);
        writer.Complete();
    }

    private async Task ReceiveAsync()
    {
        var input = _connection.Client.Input;
        try
        {
            while (!IsClosed)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(await TakeAsync(sizeof(int)));
                Answer(await TakeAsync(length));
            }
        }
        catch (IOException exception)
        {
            Close(exception.Message);
        }

        await input.CompleteAsync();
        await _connection.Client.Output.CompleteAsync();

        async Task<byte[]> TakeAsync(int count)
        {
            var read = await input.ReadAtLeastAsync(count);
            if (read.Buffer.Length < count)
            {
                throw new IOException("The broker has closed the connection.");
            }

            var taken = read.Buffer.Slice(0, count);
            var bytes = taken.ToArray();
            input.AdvanceTo(taken.End);
            return bytes;
        }
    }

    private void Answer(byte[] frame)
    {
        if (IsClosed)
        {
            return;
        }

        var pending = _pending.Dequeue();
        var header = new ResponseHeader();
        var reader = new MessageReader(frame);
        header.Read(ref reader, ApiCatalog.ResponseHeaderVersion(pending.Response.ApiKey, pending.Version));
        if (header.CorrelationId != pending.CorrelationId)
        {
            throw new InvalidOperationException($"Answer {header.CorrelationId} came where {pending.CorrelationId} was due.");
        }

        pending.Response.Read(ref reader, pending.Version);
        pending.Answered.TrySetResult();
    }

    private sealed record PendingResponse(int CorrelationId, IResponseMessage Response, short Version)
    {
        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
