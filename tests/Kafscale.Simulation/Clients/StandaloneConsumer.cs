using Kafscale.Protocol;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>A consumer without a group, which follows all partitions of a topic from their beginnings.</summary>
internal sealed class StandaloneConsumer(int id, ClusterClient client, ClientHistory history, string topic)
{
    private const int MaxWaitMs = 500;

    private readonly LogReader _reader = new(client);
    private bool _stopRequested;

    public async Task RunAsync()
    {
        while (client.TopicOf(topic) is null)
        {
            await RefreshAsync();
        }

        var partitions = client.TopicOf(topic)!.Leaders.Count;
        await Task.WhenAll(Enumerable.Range(0, partitions).Select(FollowAsync));
    }

    public void Stop() => _stopRequested = true;

    private async Task FollowAsync(int partition)
    {
        var position = 0L;
        while (!_stopRequested)
        {
            try
            {
                var known = client.TopicOf(topic)!;
                var (answer, records) = await _reader.FetchAsync(known.Leaders[partition], topic, partition, position, MaxWaitMs);
                if (answer.ErrorCode == ErrorCode.None)
                {
                    if (records.Count > 0)
                    {
                        history.Polled(id, new LogKey(known.TopicId, partition), position, records);
                        position = records[^1].Offset + 1;
                    }

                    continue;
                }

                client.Process.Scheduler.Trace.Write(client.Process.Name, $"fetch from {partition}: {answer.ErrorCode}");
            }
            catch (IOException)
            {
                // Tried again, as with any other error.
            }

            await client.BackOffAsync();
            await RefreshAsync();
        }
    }

    private async Task RefreshAsync()
    {
        try
        {
            await client.RefreshAsync(topic);
        }
        catch (IOException)
        {
            await client.BackOffAsync();
        }
    }
}
