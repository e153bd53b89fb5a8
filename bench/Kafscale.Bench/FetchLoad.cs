using System.Buffers;
using System.Diagnostics;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;

namespace Kafscale.Bench;

/// <summary>Fetches over sockets, one request at a time on each, every connection with partitions of its own.</summary>
internal sealed class FetchLoad(string topic, int valueBytes)
{
    private const short Version = 12;
    private const int MaxPartitionBytes = 1024 * 1024;

    /// <summary>Reads each partition from an offset to its end, a number of times, and checks that every offset comes.</summary>
    /// <param name="port">Of the broker.</param>
    /// <param name="connections">Among which the partitions are shared out.</param>
    /// <param name="begin">Where each partition is begun.</param>
    /// <param name="end">Where each partition ends.</param>
    /// <param name="passes">How often it is read.</param>
    public Load ReadPartitions(int port, int connections, long[] begin, long[] end, int passes)
    {
        var requests = 0L;
        Threads.RunSideBySide(connections, connection =>
        {
            using var socket = new KafkaSocket(port);
            for (var pass = 0; pass < passes; pass++)
            {
                for (var partition = connection; partition < BenchTopic.Partitions; partition += connections)
                {
                    for (var offset = begin[partition]; offset < end[partition];)
                    {
                        offset = Fetch(socket, partition, offset);
                        Interlocked.Increment(ref requests);
                    }
                }
            }
        });
        var records = begin.Zip(end, (first, last) => last - first).Sum() * passes;
        return new Load(records * valueBytes, requests, []);
    }

    /// <summary>Fetches the same single batch again and again; with one request in flight the latencies are measured.</summary>
    public Load ReadSame(int port, int requests, int connections, long offset)
    {
        var perConnection = requests / connections;
        var latencies = new double[perConnection * connections];
        Threads.RunSideBySide(connections, connection =>
        {
            using var socket = new KafkaSocket(port);
            var frame = KafkaSocket.Encode(CreateRequest(partition: 0, offset, maxBytes: 1), Version);
            for (var i = 0; i < perConnection; i++)
            {
                var startedAt = Stopwatch.GetTimestamp();
                socket.Send(frame);
                ReceiveRecords(socket);
                latencies[(connection * perConnection) + i] = Stopwatch.GetElapsedTime(startedAt).TotalMilliseconds;
            }
        });
        return new Load(0, latencies.Length, latencies);
    }

    private long Fetch(KafkaSocket socket, int partition, long offset)
    {
        socket.Send(KafkaSocket.Encode(CreateRequest(partition, offset, MaxPartitionBytes), Version));
        var records = ReceiveRecords(socket);
        while (RecordBatchHeader.TryRead(records, out var header) && header.TotalLength <= records.Length)
        {
            if (header.BaseOffset > offset || header.LastOffset < offset)
            {
                throw new InvalidOperationException($"A batch at {header.BaseOffset} came where offset {offset} was expected.");
            }

            offset = header.NextOffset;
            records = records.Slice(header.TotalLength);
        }

        return offset;
    }

    private static ReadOnlySequence<byte> ReceiveRecords(KafkaSocket socket)
    {
        var response = new FetchResponse();
        socket.Receive(response, Version);
        var partition = response.Responses[0].Partitions[0];
        return partition is { ErrorCode: ErrorCode.None, Records: { IsEmpty: false } records }
            ? records
            : throw new InvalidOperationException($"Nothing was fetched: {partition.ErrorCode}");
    }

    private FetchRequest CreateRequest(int partition, long offset, int maxBytes) => new()
    {
        MaxWaitMs = 0,
        MinBytes = 1,
        MaxBytes = int.MaxValue,
        Topics =
        {
            new()
            {
                Topic = topic,
                Partitions = { new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = maxBytes } },
            },
        },
    };
}
