using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>A consumer without a group, which follows all partitions of some topics from their beginnings.</summary>
internal sealed class StandaloneConsumer(string name, ClusterClient client, FetchSource source, string rack, params IReadOnlyList<string> topics)
{
    private static readonly TimeSpan MetadataAge = TimeSpan.FromSeconds(5);

    private readonly Fetcher _fetcher = new(client, name, source, rack);
    private bool _stopRequested;

    /// <summary>Reads until <see cref="Stop"/>; completes when it has everything that there is.</summary>
    public async Task RunAsync()
    {
        while (!_stopRequested)
        {
            await SubscribeAsync();
            var until = client.Process.Scheduler.Now + MetadataAge.Ticks;
            while (!_stopRequested && client.Process.Scheduler.Now < until)
            {
                await _fetcher.PollAsync();
            }
        }

        while (!await SubscribeAsync())
        {
            await client.BackOffAsync();
        }

        _fetcher.ForgetEnds();
        while (!_fetcher.IsAtEnd)
        {
            await _fetcher.PollAsync();
            Unsubscribe();
        }
    }

    public void Stop() => _stopRequested = true;

    // Follows topics that are created again under their names, and partitions that are added.
    private async Task<bool> SubscribeAsync()
    {
        if (!await client.TryRefreshAsync(topics))
        {
            return false;
        }

        Unsubscribe();
        foreach (var topic in topics)
        {
            for (var partition = 0; partition < (client.TopicOf(topic)?.Leaders.Count ?? 0); partition++)
            {
                var log = new LogKey(client.TopicOf(topic)!.TopicId, partition);
                if (!_fetcher.Contains(log))
                {
                    _fetcher.Add(topic, log, 0);
                }
            }
        }

        return true;
    }

    private void Unsubscribe()
    {
        foreach (var position in _fetcher.Positions.Where(position => client.TopicOf(position.Topic)?.TopicId != position.Log.TopicId).ToList())
        {
            if (client.History.DeletedTopics.Contains(position.Log.TopicId))
            {
                _fetcher.Remove(position.Log);
            }
        }
    }
}
