using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>Fetches from several logs at once, as consumers do: from each broker everything that it has.</summary>
internal sealed class Fetcher(ClusterClient client, string subscriber, FetchSource source, string rack)
{
    private const short FetchVersion = 16;
    private const int MaxWaitMs = 500;
    private const int MaxBytes = 256 * 1024;
    private const int MaxPartitionBytes = 32 * 1024;

    private static readonly ErrorCode[] ExpectedErrors =
    [
        ErrorCode.NotLeaderOrFollower, ErrorCode.UnknownTopicId, ErrorCode.UnknownTopicOrPartition, ErrorCode.OffsetNotAvailable, ErrorCode.UnknownLeaderEpoch,
        ErrorCode.KafkaStorageError,
    ];

    private readonly Dictionary<LogKey, FetchPosition> _positions = [];
    private bool _mustLookAgain;
    private long _endsKnownFrom;

    public IReadOnlyCollection<FetchPosition> Positions => _positions.Values;

    public bool Contains(LogKey log) => _positions.ContainsKey(log);

    /// <summary>Begins to read a log.</summary>
    public void Add(string topic, LogKey log, long offset) =>
        _positions[log] = new FetchPosition(topic, log, client.History.NextSession(), offset);

    public void Remove(LogKey log) => _positions.Remove(log);

    public void Clear() => _positions.Clear();

    /// <summary>Whether everything was read that there is since <see cref="ForgetEnds"/>.</summary>
    public bool IsAtEnd => _positions.Values.All(position => position.IsAtEnd);

    /// <summary>Only what is asked for from now on tells whether there is more.</summary>
    public void ForgetEnds()
    {
        _endsKnownFrom = client.History.Now;
        foreach (var position in _positions.Values)
        {
            position.IsAtEnd = false;
        }
    }

    /// <summary>Fetches once from each broker that has any of the logs, and waits for a while where there is nothing.</summary>
    public async Task PollAsync()
    {
        _mustLookAgain = false;
        var requests = new SortedDictionary<int, List<FetchPosition>>();
        foreach (var position in _positions.Values)
        {
            if (BrokerFor(position) is var brokerId and >= 0)
            {
                (requests.TryGetValue(brokerId, out var known) ? known : requests[brokerId] = []).Add(position);
            }
            else
            {
                _mustLookAgain = true;
            }
        }

        await Task.WhenAll(requests.Select(request => FetchAsync(request.Key, request.Value)));
        if (_mustLookAgain || requests.Count == 0)
        {
            await client.BackOffAsync();
            await client.TryRefreshAsync(_positions.Values.Select(position => position.Topic).Distinct());
        }
    }

    private int BrokerFor(FetchPosition position)
    {
        var topic = client.TopicOf(position.Topic);
        if (topic is null || topic.TopicId != position.Log.TopicId)
        {
            return KnownTopic.Nobody;
        }

        return source == FetchSource.AnyBroker
            ? client.DrawBroker()
            : position.PreferredReplica ?? topic.LeaderOf(position.Log.Partition);
    }

    private async Task FetchAsync(int brokerId, List<FetchPosition> positions)
    {
        var request = new FetchRequest { MinBytes = 1, MaxBytes = MaxBytes, MaxWaitMs = MaxWaitMs, SessionEpoch = -1, RackId = rack };
        foreach (var topic in positions.GroupBy(position => position.Log.TopicId))
        {
            request.Topics.Add(new FetchRequest.FetchTopic
            {
                TopicId = topic.Key,
                Partitions = [.. topic.Select(position => new FetchRequest.FetchPartition
                {
                    Partition = position.Log.Partition,
                    FetchOffset = position.Offset,
                    CurrentLeaderEpoch = -1,
                    PartitionMaxBytes = MaxPartitionBytes,
                })],
            });
        }

        var askedAt = client.History.Now;
        FetchResponse response;
        WireConnection connection;
        try
        {
            connection = await client.ConnectAsync(brokerId);
            response = await connection.SendAsync<FetchResponse>(request, FetchVersion, ClusterClient.RequestTimeout);
        }
        catch (IOException)
        {
            positions.ForEach(position => position.PreferredReplica = null);
            _mustLookAgain = true;
            return;
        }

        if (response.ErrorCode != ErrorCode.None)
        {
            client.Note("Fetch", response.ErrorCode, []);
            _mustLookAgain = true;
        }

        foreach (var topic in response.Responses)
        {
            foreach (var answer in topic.Partitions)
            {
                if (_positions.TryGetValue(new LogKey(topic.TopicId, answer.PartitionIndex), out var position))
                {
                    Take(connection, brokerId, askedAt, position, answer);
                }
            }
        }
    }

    private void Take(WireConnection connection, int brokerId, long askedAt, FetchPosition position, FetchResponse.PartitionData answer)
    {
        if (answer.ErrorCode is ErrorCode.None or ErrorCode.OffsetOutOfRange)
        {
            client.History.WasToldEnds(connection.Name, position.Log, answer.LogStartOffset, answer.HighWatermark);
        }

        if (answer.ErrorCode == ErrorCode.OffsetOutOfRange && answer.LogStartOffset > position.Offset)
        {
            client.History.Reset(subscriber, position.Session, position.Log, position.Offset, answer.LogStartOffset);
            position.Offset = answer.LogStartOffset;
        }
        else if (answer.ErrorCode != ErrorCode.None)
        {
            client.Note(
                $"Fetch of {position.Log} at {position.Offset} from broker {brokerId}, which has {answer.LogStartOffset} to {answer.HighWatermark}", answer.ErrorCode, ExpectedErrors);
            position.PreferredReplica = null;
            _mustLookAgain = true;
        }
        else if (answer.PreferredReadReplica >= 0)
        {
            position.PreferredReplica = answer.PreferredReadReplica;
        }
        else if (answer.Records is { IsEmpty: false } sequence && SimulatedRecords.Read(sequence, position.Offset) is { Count: > 0 } records)
        {
            client.History.Polled(subscriber, position.Session, brokerId, position.Log, position.Offset, records);
            position.Offset = records[^1].Offset + 1;
            position.IsAtEnd = false;
        }
        else if (position.Offset >= answer.HighWatermark)
        {
            position.IsAtEnd = askedAt >= _endsKnownFrom;
        }

        if (source == FetchSource.NearestReplica && client.Random.Next(20) == 0)
        {
            // As after metadata.max.age.ms: the leader is asked again.
            position.PreferredReplica = null;
        }
    }
}
