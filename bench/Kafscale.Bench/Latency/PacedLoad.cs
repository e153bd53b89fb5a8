using System.Diagnostics;
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

    private const short ProduceVersion = 9;
    private const short FetchVersion = 12;
    private const int RecordBytes = 1024;
    private const int RecordsPerRequest = 64;
    private const int MaxWaitMs = 500;
    private const int MaxPartitionBytes = 8 * 1024 * 1024;

    // Each producer has a partition of its own.
    private const int Producers = BenchTopic.Partitions;

    private static readonly TimeSpan Interval =
        TimeSpan.FromSeconds((double)RecordsPerRequest * RecordBytes * Producers / BytesPerSecond);

    private readonly string _topic;
    private readonly int _requests;
    private readonly double[,] _produceMs;
    private readonly double[,] _tailMs;
    private long _startedAt;

    /// <param name="topic">A topic that holds nothing yet.</param>
    /// <param name="duration">How long requests are sent for.</param>
    public PacedLoad(string topic, TimeSpan duration)
    {
        _topic = topic;
        _requests = (int)(duration / Interval);
        _produceMs = new double[Producers, _requests];
        _tailMs = new double[Producers, _requests];
    }

    /// <summary>How long ago the load began; negative before it did.</summary>
    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(Volatile.Read(ref _startedAt));

    /// <summary>Sends everything and waits until all of it is acknowledged and read.</summary>
    public void Run(int port)
    {
        // A moment for all threads to be there.
        Volatile.Write(ref _startedAt, Stopwatch.GetTimestamp() + Stopwatch.Frequency);
        var sockets = Enumerable.Range(0, Producers).Select(_ => new KafkaSocket(port)).ToArray();
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
                    Consume(port);
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
        var frame = KafkaSocket.Encode(SingleBatch.Request(_topic, producer, RecordsPerRequest, new byte[RecordBytes]), ProduceVersion);
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
            var response = new ProduceResponse();
            socket.Receive(response, ProduceVersion);
            _produceMs[producer, request] = (Elapsed - DueAt(producer, request)).TotalMilliseconds;
            var partition = response.Responses[0].PartitionResponses[0];
            if (partition.ErrorCode != ErrorCode.None || partition.BaseOffset != (long)request * RecordsPerRequest)
            {
                throw new InvalidOperationException($"Request {request} came to offset {partition.BaseOffset}: {partition.ErrorCode}");
            }
        }
    }

    private void Consume(int port)
    {
        using var socket = new KafkaSocket(port);
        var read = new int[Producers];
        while (read.Any(requests => requests < _requests))
        {
            socket.Send(KafkaSocket.Encode(CreateFetchRequest(read), FetchVersion));
            var response = new FetchResponse();
            socket.Receive(response, FetchVersion);
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
        var request = new FetchRequest { MaxWaitMs = MaxWaitMs, MinBytes = 1, MaxBytes = int.MaxValue, Topics = { new() { Topic = _topic } } };
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
