using System.Diagnostics;
using Kafscale.Bench.Loads;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;

namespace Kafscale.Bench.Latency;

/// <summary>
/// Producers that send at fixed times whether or not they were answered, so that a slow answer is not hidden by the
/// requests that were not sent meanwhile; and one consumer that reads everything as it comes.
/// </summary>
internal sealed class PacedLoad
{
    /// <summary>What all producers send together.</summary>
    public const int BytesPerSecond = 20 * 1024 * 1024;

    private const short FetchVersion = 12;
    private const int RecordBytes = 1024;
    private const int RecordsPerRequest = 64;
    private const int MaxWaitMs = 500;
    private const int MaxPartitionBytes = 8 * 1024 * 1024;

    // Each producer has a partition of its own.
    private const int Producers = 8;

    private static readonly BatchShape Batch = new(RecordBytes, RecordsPerRequest);

    private static readonly TimeSpan Interval =
        TimeSpan.FromSeconds((double)RecordsPerRequest * RecordBytes * Producers / BytesPerSecond);

    private readonly TopicShape _topic;
    private readonly ProduceWorkload _workload;
    private readonly int _port;
    private readonly int _requests;
    private readonly double[,] _produceMs;
    private readonly double[,] _tailMs;
    private long _startedAt;

    /// <param name="port">Of the broker.</param>
    /// <param name="topic">The name of the topic that is created for it.</param>
    /// <param name="duration">How long requests are sent for.</param>
    public PacedLoad(int port, string topic, TimeSpan duration)
    {
        _port = port;
        _topic = new TopicShape(topic, Producers);
        _workload = new ProduceWorkload(_topic, Batch, Producers);
        BenchTopic.Create(port, _topic);
        _requests = (int)(duration / Interval);
        _produceMs = new double[Producers, _requests];
        _tailMs = new double[Producers, _requests];
    }

    /// <summary>How long ago the load began; negative before it did.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(Volatile.Read(ref _startedAt));

    /// <summary>Sends everything and waits until all of it is acknowledged and read.</summary>
    public void Run()
    {
        // A moment for all threads to be there.
        Volatile.Write(ref _startedAt, Stopwatch.GetTimestamp() + Stopwatch.Frequency);
        var sockets = Enumerable.Range(0, Producers).Select(_ => new KafkaSocket(_port)).ToArray();
        Threads.RunSideBySide((2 * Producers) + 1, role =>
        {
            switch (role / Producers)
            {
                case 0:
                    Send(sockets[role], role);
                    break;
                case 1:
                    ReceiveAcknowledgements(sockets[role - Producers], role - Producers);
                    break;
                default:
                    Consume();
                    break;
            }
        });
        foreach (var socket in sockets)
        {
            socket.Dispose();
        }
    }

    /// <summary>All requests, in no order.</summary>
    public IEnumerable<PacedRequest> Requests() =>
        from producer in Enumerable.Range(0, Producers)
        from request in Enumerable.Range(0, _requests)
        select new PacedRequest(DueAt(producer, request), _produceMs[producer, request], _tailMs[producer, request]);

    private static TimeSpan DueAt(int producer, int request) => (Interval * request) + (Interval * producer / Producers);

    private void Send(KafkaSocket socket, int producer)
    {
        var frame = _workload.FramesOf(producer)[0];
        for (var request = 0; request < _requests; request++)
        {
            if (DueAt(producer, request) - Elapsed is var wait && wait > TimeSpan.Zero)
            {
                Thread.Sleep(wait);
            }

            socket.Send(frame);
        }
    }

    private void ReceiveAcknowledgements(KafkaSocket socket, int producer)
    {
        for (var request = 0; request < _requests; request++)
        {
            var response = socket.Receive();
            _produceMs[producer, request] = (Elapsed - DueAt(producer, request)).TotalMilliseconds;
            var partition = KafkaSocket.Decode(new ProduceResponse(), response, ProduceWorkload.Version).Responses[0].PartitionResponses[0];
            if (partition.ErrorCode != ErrorCode.None || partition.BaseOffset != (long)request * RecordsPerRequest)
            {
                throw new InvalidOperationException($"Request {request} came to offset {partition.BaseOffset}: {partition.ErrorCode}");
            }
        }
    }

    private void Consume()
    {
        using var socket = new KafkaSocket(_port);
        var read = new int[Producers];
        while (read.Any(requests => requests < _requests))
        {
            socket.Send(KafkaSocket.Encode(CreateFetchRequest(read), FetchVersion));
            var response = KafkaSocket.Decode(new FetchResponse(), socket.Receive(), FetchVersion);
            foreach (var partition in response.Responses.SelectMany(topic => topic.Partitions))
            {
                var batches = new RecordBatchReader(partition.Records ?? default);
                while (batches.TryRead(out _, out _))
                {
                    var request = read[partition.PartitionIndex]++;
                    _tailMs[partition.PartitionIndex, request] = (Elapsed - DueAt(partition.PartitionIndex, request)).TotalMilliseconds;
                }
            }
        }
    }

    private FetchRequest CreateFetchRequest(int[] read)
    {
        var request = new FetchRequest { MaxWaitMs = MaxWaitMs, MinBytes = 1, MaxBytes = int.MaxValue, Topics = { new() { Topic = _topic.Name } } };
        for (var partition = 0; partition < read.Length; partition++)
        {
            request.Topics[0].Partitions.Add(new()
            {
                Partition = partition,
                FetchOffset = (long)read[partition] * RecordsPerRequest,
                PartitionMaxBytes = MaxPartitionBytes,
            });
        }

        return request;
    }
}
