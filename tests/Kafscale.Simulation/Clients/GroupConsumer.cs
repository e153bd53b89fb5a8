using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>A consumer in a group: it joins, reads what it is assigned, commits what it has read, and now and then leaves or is gone without a word.</summary>
internal sealed class GroupConsumer(string group, ClusterClient client, params IReadOnlyList<string> topics)
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MetadataAge = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MeanCommitInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MeanLife = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan MeanAbsence = TimeSpan.FromSeconds(10);

    private readonly GroupProtocolClient _protocol = new(client, group);
    private readonly Fetcher _fetcher = new(client, group, FetchSource.Leader, "");
    private bool _stopRequested;
    private bool _hasEverything;

    /// <summary>Reads until <see cref="Stop"/>; completes when all that it is assigned then is read to its end and committed.</summary>
    public async Task RunAsync()
    {
        while (!_hasEverything)
        {
            var memberId = await LiveAsync();
            if (memberId.Length > 0 && (_hasEverything || client.Random.Next(2) == 0))
            {
                await _protocol.LeaveAsync(memberId);
            }

            if (!_stopRequested)
            {
                await client.PauseAsync(MeanAbsence);
            }
        }
    }

    public void Stop()
    {
        _stopRequested = true;
        _fetcher.ForgetEnds();
    }

    // From joining to the end of a process; what it is known as then.
    private async Task<string> LiveAsync()
    {
        var memberId = "";
        var endsAt = client.History.Now + (MeanLife * (2 * client.Random.NextDouble())).Ticks;
        while (!_hasEverything && (_stopRequested || client.History.Now < endsAt))
        {
            (var membership, var members, memberId) = await _protocol.JoinAsync(memberId, topics);
            if (membership is null)
            {
                await client.BackOffAsync();
                continue;
            }

            await TakePartAsync(membership, members, () => !_stopRequested && client.History.Now >= endsAt);
            memberId = membership.IsLost ? "" : memberId;
        }

        return memberId;
    }

    private async Task TakePartAsync(GroupMembership membership, List<string> members, Func<bool> isLifeOver)
    {
        await client.TryRefreshAsync(topics);
        var partitionCounts = PartitionCounts();
        var assigned = await _protocol.SyncAsync(membership, membership.IsLeader ? RangeAssignor.Assign(members, partitionCounts) : []);
        if (assigned is null)
        {
            await client.BackOffAsync();
            return;
        }

        var heartbeats = SendHeartbeatsAsync(membership);
        try
        {
            if (await BeginAsync(membership, assigned))
            {
                await ReadAsync(membership, partitionCounts, isLifeOver);
            }
        }
        finally
        {
            membership.End();
            _fetcher.Clear();
        }

        await heartbeats;
    }

    private async Task SendHeartbeatsAsync(GroupMembership membership)
    {
        while (!membership.IsOver)
        {
            await Task.Delay(HeartbeatInterval, client.Process.Clock);
            if (!membership.IsOver)
            {
                await _protocol.HeartbeatAsync(membership);
            }
        }
    }

    // Looks up where the group has got to.
    private async Task<bool> BeginAsync(GroupMembership membership, List<(string Topic, int Partition)> assigned)
    {
        while (!membership.IsOver && assigned.Exists(one => client.TopicOf(one.Topic) is not { } topic || one.Partition >= topic.Leaders.Count))
        {
            await client.BackOffAsync();
            await client.TryRefreshAsync(topics);
        }

        if (membership.IsOver)
        {
            return false;
        }

        var logs = assigned.ToDictionary(one => new LogKey(client.TopicOf(one.Topic)!.TopicId, one.Partition), one => one.Topic);
        client.History.Assigned(group, membership.MemberId, membership.Generation, [.. logs.Keys]);
        Dictionary<LogKey, long>? positions = null;
        while (positions is null && !membership.IsOver)
        {
            positions = await _protocol.FetchPositionsAsync(logs.Keys);
            if (positions is null)
            {
                await client.BackOffAsync();
            }
        }

        foreach (var (log, position) in positions ?? [])
        {
            _fetcher.Add(logs[log], log, Math.Max(0, position));
        }

        return positions is not null;
    }

    private async Task ReadAsync(GroupMembership membership, Dictionary<string, int> partitionCounts, Func<bool> isLifeOver)
    {
        var commitAt = 0L;
        var refreshAt = client.History.Now + MetadataAge.Ticks;
        while (!membership.IsOver && !isLifeOver())
        {
            await _fetcher.PollAsync();
            if (client.History.Now >= commitAt)
            {
                await CommitAsync(membership);
                commitAt = client.History.Now + (MeanCommitInterval * (2 * client.Random.NextDouble())).Ticks;
            }

            if (client.History.Now >= refreshAt)
            {
                await client.TryRefreshAsync(topics);
                refreshAt = client.History.Now + MetadataAge.Ticks;
                if (membership.IsLeader && !PartitionCounts().SequenceEqual(partitionCounts))
                {
                    // Who assigns has to do it again.
                    break;
                }
            }

            if (_stopRequested && _fetcher.IsAtEnd && await CommitAsync(membership))
            {
                _hasEverything = true;
                return;
            }
        }

        if (!membership.IsLost && client.Random.Next(3) > 0)
        {
            await CommitAsync(membership);
        }
    }

    private async Task<bool> CommitAsync(GroupMembership membership) =>
        _fetcher.Positions.Count == 0 || await _protocol.CommitAsync(membership, _fetcher.Positions);

    private Dictionary<string, int> PartitionCounts() =>
        topics.ToDictionary(topic => topic, topic => client.TopicOf(topic)?.Leaders.Count ?? 0);
}
