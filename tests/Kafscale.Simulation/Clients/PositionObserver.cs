using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>Asks one broker all the time how far a group has got. It answers as long as it takes itself for the coordinator.</summary>
internal sealed class PositionObserver(string group, ClusterClient client, (string Host, int Port) broker, params IReadOnlyList<string> topics)
{
    private static readonly TimeSpan MeanInterval = TimeSpan.FromSeconds(1);

    private readonly GroupProtocolClient _protocol = new(client, group, broker);
    private bool _stopRequested;

    /// <summary>Asks until <see cref="Stop"/>.</summary>
    public async Task RunAsync()
    {
        while (!_stopRequested)
        {
            if (await client.TryRefreshAsync(topics))
            {
                await _protocol.FetchPositionsAsync([.. topics.SelectMany(LogsOf)]);
            }

            await client.PauseAsync(MeanInterval);
        }
    }

    public void Stop() => _stopRequested = true;

    private IEnumerable<LogKey> LogsOf(string name) =>
        client.TopicOf(name) is { } topic ? Enumerable.Range(0, topic.Leaders.Count).Select(partition => new LogKey(topic.TopicId, partition)) : [];
}
