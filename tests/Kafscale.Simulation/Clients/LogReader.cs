using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>Reads whole logs when everything is over.</summary>
internal sealed class LogReader(ClusterClient client)
{
    private const short FetchVersion = 16;
    private const int MaxBytes = 256 * 1024;

    /// <summary>Everything of some topics that each of some brokers has now.</summary>
    public async Task ReadAllAsync(IReadOnlyCollection<int> brokerIds, IReadOnlyCollection<string> topics)
    {
        while (!await client.TryRefreshAsync(topics) || topics.Any(topic => client.TopicOf(topic) is null) || brokerIds.Except(client.BrokerIds).Any())
        {
            await client.BackOffAsync();
        }

        foreach (var brokerId in brokerIds)
        {
            foreach (var topic in topics.Select(topic => client.TopicOf(topic)!))
            {
                for (var partition = 0; partition < topic.Leaders.Count; partition++)
                {
                    await ReadAsync(brokerId, new LogKey(topic.TopicId, partition));
                }
            }
        }
    }

    private async Task ReadAsync(int brokerId, LogKey log)
    {
        var records = new List<ReadRecord>();
        var begin = 0L;
        var offset = begin;
        while (true)
        {
            try
            {
                var answer = await FetchAsync(brokerId, log, offset);
                if (answer.ErrorCode == ErrorCode.None)
                {
                    records.AddRange(answer.Records is { } read ? SimulatedRecords.Read(read, offset) : []);
                    offset = records is [.., var last] ? last.Offset + 1 : offset;
                    if (offset >= answer.HighWatermark)
                    {
                        client.History.ReadToTheEnd(brokerId, log, begin, records);
                        return;
                    }

                    continue;
                }

                if (answer.ErrorCode == ErrorCode.OffsetOutOfRange && answer.LogStartOffset > offset)
                {
                    records.Clear();
                    begin = answer.LogStartOffset;
                    offset = begin;
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

    private async Task<FetchResponse.PartitionData> FetchAsync(int brokerId, LogKey log, long offset)
    {
        var request = new FetchRequest { MinBytes = 1, MaxBytes = MaxBytes, MaxWaitMs = 0, SessionEpoch = -1 };
        request.Topics.Add(new FetchRequest.FetchTopic
        {
            TopicId = log.TopicId,
            Partitions = [new() { Partition = log.Partition, FetchOffset = offset, CurrentLeaderEpoch = -1, PartitionMaxBytes = MaxBytes }],
        });
        var response = await client.SendAsync<FetchResponse>(brokerId, request, FetchVersion);
        return response is { ErrorCode: ErrorCode.None, Responses.Count: > 0 }
            ? response.Responses[0].Partitions[0]
            : new FetchResponse.PartitionData { ErrorCode = ErrorCode.UnknownServerError };
    }
}
