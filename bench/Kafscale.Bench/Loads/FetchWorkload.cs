using System.Buffers;
using System.Collections.Concurrent;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;

namespace Kafscale.Bench.Loads;

/// <summary>The Fetch requests by which a topic can be read, again and again.</summary>
internal sealed class FetchWorkload : IWorkload
{
    private const short Version = 12;

    private readonly IReadOnlyList<byte[]>[] _framesOfReaders;
    private readonly double _payloadPerByte;

    private FetchWorkload(IReadOnlyList<byte[]>[] framesOfReaders, double payloadPerByte)
    {
        _framesOfReaders = framesOfReaders;
        _payloadPerByte = payloadPerByte;
    }

    /// <summary>Reads each partition from an offset to its end, checks that every offset comes, and keeps the requests.</summary>
    /// <param name="port">Of the broker.</param>
    /// <param name="topic">What is read.</param>
    /// <param name="batch">What the topic consists of.</param>
    /// <param name="begin">Where each partition is begun.</param>
    /// <param name="end">Where each partition ends, the begin of a batch.</param>
    /// <param name="connections">Among which the partitions are shared out.</param>
    /// <param name="partitionsPerRequest">The most partitions that a request asks for.</param>
    /// <param name="partitionMaxBytes">What a request asks of each of them; a batch that is larger comes all the same.</param>
    public static FetchWorkload Read(
        int port, TopicShape topic, BatchShape batch, long[] begin, long[] end, int connections, int partitionsPerRequest, int partitionMaxBytes)
    {
        var readers = new IReadOnlyList<byte[]>[Math.Min(connections, topic.Partitions)];
        var bytes = 0L;
        Threads.RunSideBySide(Math.Min(readers.Length, Environment.ProcessorCount), thread =>
        {
            using var socket = new KafkaSocket(port);
            for (var reader = thread; reader < readers.Length; reader += Environment.ProcessorCount)
            {
                var frames = new List<byte[]>();
                foreach (var partitions in topic.PartitionsOf(reader, readers.Length).Chunk(partitionsPerRequest))
                {
                    Interlocked.Add(ref bytes, Read(socket, topic.Name, partitions, begin, end, partitionMaxBytes, frames));
                }

                readers[reader] = frames;
            }
        });
        var records = begin.Zip(end, (first, last) => last - first).Sum();
        return new FetchWorkload(readers, (double)records * batch.RecordBytes / bytes);
    }

    public IReadOnlyList<byte[]> FramesOf(int connection) => _framesOfReaders[connection % _framesOfReaders.Length];

    public long PayloadOf(ReadOnlyMemory<byte> response)
    {
        var bytes = Decode(response).Sum(partition => Records(partition).Length);
        return bytes > 0 ? (long)(bytes * _payloadPerByte) : throw new InvalidOperationException("Nothing was fetched.");
    }

    // Returns the bytes that were read.
    private static long Read(
        KafkaSocket socket, string topic, int[] partitions, long[] begin, long[] end, int partitionMaxBytes, List<byte[]> frames)
    {
        var next = partitions.ToDictionary(partition => partition, partition => begin[partition]);
        var bytes = 0L;
        while (partitions.Where(partition => next[partition] < end[partition]).ToArray() is { Length: > 0 } unread)
        {
            var frame = Encode(topic, unread.Select(partition => (partition, next[partition])), partitionMaxBytes);
            frames.Add(frame);
            socket.Send(frame);
            var before = bytes;
            foreach (var partition in Decode(socket.Receive()))
            {
                var records = Records(partition);
                while (RecordBatchHeader.TryRead(records, out var header) && header.TotalLength <= records.Length)
                {
                    if (header.BaseOffset > next[partition.PartitionIndex] || header.LastOffset < next[partition.PartitionIndex])
                    {
                        throw new InvalidOperationException(
                            $"A batch at {header.BaseOffset} came where offset {next[partition.PartitionIndex]} was expected.");
                    }

                    next[partition.PartitionIndex] = header.NextOffset;
                    bytes += header.TotalLength;
                    records = records.Slice(header.TotalLength);
                }
            }

            if (bytes == before)
            {
                throw new InvalidOperationException("Nothing was fetched.");
            }
        }

        return bytes;
    }

    private static byte[] Encode(string topic, IEnumerable<(int Partition, long Offset)> positions, int partitionMaxBytes)
    {
        var request = new FetchRequest { MaxWaitMs = 0, MinBytes = 1, MaxBytes = int.MaxValue, Topics = { new() { Topic = topic } } };
        foreach (var (partition, offset) in positions)
        {
            request.Topics[0].Partitions.Add(new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = partitionMaxBytes });
        }

        return KafkaSocket.Encode(request, Version);
    }

    private static IEnumerable<FetchResponse.PartitionData> Decode(ReadOnlyMemory<byte> response) =>
        KafkaSocket.Decode(new FetchResponse(), response, Version).Responses.SelectMany(topic => topic.Partitions);

    private static ReadOnlySequence<byte> Records(FetchResponse.PartitionData partition) =>
        partition.ErrorCode == ErrorCode.None
            ? partition.Records ?? default
            : throw new InvalidOperationException($"Fetching failed: {partition.ErrorCode}");
}
