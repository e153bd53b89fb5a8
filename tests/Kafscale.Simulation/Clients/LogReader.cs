using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>Reads partitions from brokers.</summary>
internal sealed class LogReader(ClusterClient client)
{
    private const short FetchVersion = 12;
    private const int MaxBytes = 256 * 1024;

    /// <summary>Reads from an offset of one partition, and waits for a while where there is nothing yet.</summary>
    /// <exception cref="IOException">The broker did not answer.</exception>
    public async Task<(FetchResponse.PartitionData Answer, List<ReadRecord> Records)> FetchAsync(int brokerId, string topic, int partition, long offset, int maxWaitMs)
    {
        var request = new FetchRequest { MinBytes = 1, MaxBytes = MaxBytes, MaxWaitMs = maxWaitMs, SessionEpoch = -1 };
        request.Topics.Add(new FetchRequest.FetchTopic
        {
            Topic = topic,
            Partitions = [new() { Partition = partition, FetchOffset = offset, CurrentLeaderEpoch = -1, PartitionMaxBytes = MaxBytes }],
        });
        var response = await client.SendAsync<FetchResponse>(brokerId, request, FetchVersion);
        if (response.ErrorCode != ErrorCode.None || response.Responses.Count == 0)
        {
            return (new FetchResponse.PartitionData { ErrorCode = response.ErrorCode == ErrorCode.None ? ErrorCode.UnknownServerError : response.ErrorCode }, []);
        }

        var answer = response.Responses[0].Partitions[0];
        return (answer, answer.Records is { } records ? SimulatedRecords.Read(records, offset) : []);
    }

    /// <summary>Everything of a partition that a broker has now.</summary>
    public async Task<(long LogStartOffset, List<ReadRecord> Records)> ReadAllAsync(int brokerId, string topic, int partition)
    {
        var records = new List<ReadRecord>();
        var logStartOffset = -1L;
        var offset = 0L;
        while (true)
        {
            try
            {
                var (answer, read) = await FetchAsync(brokerId, topic, partition, offset, 0);
                if (answer.ErrorCode == ErrorCode.OffsetOutOfRange && answer.LogStartOffset > offset)
                {
                    offset = answer.LogStartOffset;
                    continue;
                }

                if (answer.ErrorCode == ErrorCode.None)
                {
                    logStartOffset = answer.LogStartOffset;
                    records.AddRange(read);
                    offset = records is [.., var last] ? last.Offset + 1 : offset;
                    if (offset >= answer.HighWatermark)
                    {
                        return (logStartOffset, records);
                    }

                    continue;
                }
            }
            catch (IOException)
            {
                // Tried again, as with any other error.
            }

            await client.BackOffAsync();
        }
    }
}
