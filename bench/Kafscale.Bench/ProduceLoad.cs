using System.Diagnostics;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Bench;

/// <summary>Sends the same pre-built Produce requests again and again over sockets, several in flight on each.</summary>
internal sealed class ProduceLoad
{
    private const short Version = 9;

    private readonly string _topic;
    private readonly int _recordsPerBatch;
    private readonly int _valueBytes;
    private readonly bool _isRandom;

    public ProduceLoad(string topic, int recordsPerBatch, int valueBytes, bool isRandom = true)
    {
        _topic = topic;
        _recordsPerBatch = recordsPerBatch;
        _valueBytes = valueBytes;
        _isRandom = isRandom;
    }

    /// <summary>Sends a number of requests with one batch each, acks=all, and checks every answer.</summary>
    /// <param name="port">Of the broker.</param>
    /// <param name="requests">In all, over all connections.</param>
    /// <param name="connections">Each with its own partition, as far as there are enough.</param>
    /// <param name="inFlight">Requests that a connection has unanswered at a time; with 1 the latencies are measured.</param>
    public Load Run(int port, int requests, int connections, int inFlight)
    {
        var perConnection = requests / connections;
        var latencies = new double[inFlight == 1 ? perConnection * connections : 0];
        Threads.RunSideBySide(connections, connection =>
        {
            var frame = KafkaSocket.Encode(CreateRequest(connection % BenchTopic.Partitions), Version);
            using var socket = new KafkaSocket(port);
            if (inFlight == 1)
            {
                SendOneByOne(socket, frame, latencies.AsSpan(connection * perConnection, perConnection));
            }
            else
            {
                SendPipelined(socket, frame, perConnection, inFlight);
            }
        });
        var sent = (long)perConnection * connections;
        return new Load(sent * _recordsPerBatch * _valueBytes, sent, latencies);
    }

    private static void SendOneByOne(KafkaSocket socket, byte[] frame, Span<double> latenciesMs)
    {
        foreach (ref var latencyMs in latenciesMs)
        {
            var startedAt = Stopwatch.GetTimestamp();
            socket.Send(frame);
            ReceiveAcknowledgement(socket);
            latencyMs = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
        }
    }

    private static void SendPipelined(KafkaSocket socket, byte[] frame, int requests, int inFlight)
    {
        using var places = new SemaphoreSlim(inFlight);
        Threads.RunSideBySide(2, role =>
        {
            for (var i = 0; i < requests; i++)
            {
                if (role == 0)
                {
                    places.Wait();
                    socket.Send(frame);
                }
                else
                {
                    ReceiveAcknowledgement(socket);
                    places.Release();
                }
            }
        });
    }

    private static void ReceiveAcknowledgement(KafkaSocket socket)
    {
        var response = new ProduceResponse();
        socket.Receive(response, Version);
        var partition = response.Responses[0].PartitionResponses[0];
        if (partition.ErrorCode != ErrorCode.None)
        {
            throw new InvalidOperationException($"Producing failed: {partition.ErrorCode} {partition.ErrorMessage}");
        }
    }

    private ProduceRequest CreateRequest(int partition)
    {
        var value = new byte[_valueBytes];
        if (_isRandom)
        {
            new Random(partition).NextBytes(value);
        }

        return SingleBatch.Request(_topic, partition, _recordsPerBatch, value);
    }
}
