using System.Buffers;
using System.Diagnostics;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Compatibility.Tests.Hostile;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>Reads a topic from one broker, whoever leads it.</summary>
internal static class BrokerLog
{
    private const short FetchVersion = 12;
    private const int MaxBytes = 4 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>All records up to the ends, which the broker may not have heard of yet.</summary>
    public static async Task<IReadOnlyList<ReceivedRecord>> ReadAsync(int port, string topic, IReadOnlyDictionary<int, long> ends)
    {
        using var connection = await RawConnection.OpenAsync(port);
        var records = new List<ReceivedRecord>();
        foreach (var (partition, end) in ends)
        {
            var started = Stopwatch.GetTimestamp();
            for (var offset = 0L; offset < end;)
            {
                var response = await connection.AskAsync<FetchResponse>(RequestOf(topic, partition, offset), FetchVersion);
                var fetched = response.Responses[0].Partitions[0];
                if (fetched.ErrorCode is not (ErrorCode.None or ErrorCode.OffsetNotAvailable))
                {
                    Assert.Fail($"The broker on {port} answers {fetched.ErrorCode} for offset {offset} of {end} of partition {partition}.");
                }

                Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"The broker on {port} does not hear of offset {offset} of partition {partition}.");
                offset = AddTo(records, partition, offset, fetched.Records.GetValueOrDefault());
            }
        }

        return records;
    }

    private static FetchRequest RequestOf(string topic, int partition, long offset) => new()
    {
        ReplicaId = -1,
        MaxWaitMs = 100,
        MinBytes = 1,
        MaxBytes = MaxBytes,
        SessionEpoch = -1,
        Topics =
        {
            new FetchRequest.FetchTopic
            {
                Topic = topic,
                Partitions =
                {
                    new FetchRequest.FetchPartition
                    {
                        Partition = partition,
                        FetchOffset = offset,
                        CurrentLeaderEpoch = -1,
                        PartitionMaxBytes = MaxBytes,
                    },
                },
            },
        },
    };

    // Returns where to go on. A batch may begin before the offset that was asked for.
    private static long AddTo(List<ReceivedRecord> read, int partition, long offset, ReadOnlySequence<byte> fetched)
    {
        using var buffer = new PooledBuffer();
        var batches = new RecordBatchReader(fetched);
        while (batches.TryRead(out var header, out var batch))
        {
            Assert.True(RecordBatchBody.Read(batch, header, MaxBytes, buffer, out var body).IsNone);
            var records = new RecordReader(body, header);
            while (records.TryRead(out var record))
            {
                if (record.Offset >= offset)
                {
                    read.Add(new ReceivedRecord(partition, record.Offset, record.Timestamp, null, record.Value.ToArray(), []));
                }
            }

            Assert.True(records.Error.IsNone);
            offset = header.NextOffset;
        }

        return offset;
    }
}
