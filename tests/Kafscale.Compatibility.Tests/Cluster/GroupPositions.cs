using System.Net.Sockets;
using Kafscale.Compatibility.Tests.Hostile;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>Asks every broker all the time how far a group has committed, and notices where that is less than was known before the question.</summary>
internal sealed class GroupPositions : IAsyncDisposable
{
    private const short OffsetFetchVersion = 7;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private readonly string _group;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Topic, int Partition), long> _positions = [];
    private readonly List<string> _backwards = [];
    private readonly Task _watching;

    public GroupPositions(IEnumerable<ClusterBroker> brokers, string group)
    {
        _group = group;
        _watching = Task.WhenAll(brokers.Select(WatchAsync));
    }

    /// <summary>Stops, and checks what was seen.</summary>
    public async Task AssertNeverBackwardsAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        Assert.Empty(_backwards);
        Assert.NotEmpty(_positions);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        _stopping.Dispose();
    }

    private async Task WatchAsync(ClusterBroker broker)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await AskAsync(broker);
            }
            catch (Exception exception) when (exception is SocketException or TimeoutException or OperationCanceledException)
            {
                // The broker is down or paused, or this is over.
            }

            await Task.WhenAny(Task.Delay(PollInterval, _stopping.Token));
        }
    }

    private async Task AskAsync(ClusterBroker broker)
    {
        using var connection = await RawConnection.OpenAsync(broker.Process.Port);
        while (!_stopping.IsCancellationRequested)
        {
            Dictionary<(string Topic, int Partition), long> known;
            lock (_lock)
            {
                known = new(_positions);
            }

            var request = new OffsetFetchRequest { GroupId = _group, Topics = null };
            var response = await connection.TryAskAsync<OffsetFetchResponse>(request, OffsetFetchVersion).WaitAsync(_stopping.Token);
            if (response is null)
            {
                return;
            }

            // The others say that they do not coordinate the group, or that they do not know yet.
            if (response.ErrorCode == ErrorCode.None)
            {
                Compare(response, known, broker.Id);
            }

            await Task.Delay(PollInterval, _stopping.Token);
        }
    }

    private void Compare(OffsetFetchResponse response, Dictionary<(string Topic, int Partition), long> known, int brokerId)
    {
        var answered = response.Topics
            .SelectMany(topic => topic.Partitions, (topic, partition) => (Place: (topic.Name, partition.PartitionIndex), partition.CommittedOffset))
            .ToDictionary(answer => answer.Place, answer => answer.CommittedOffset);
        lock (_lock)
        {
            foreach (var (place, before) in known)
            {
                if (answered.GetValueOrDefault(place, -1) is var now && now < before)
                {
                    _backwards.Add($"{place}: {before}, then {now} from broker {brokerId}");
                }
            }

            foreach (var (place, now) in answered)
            {
                _positions[place] = Math.Max(now, _positions.GetValueOrDefault(place, -1));
            }
        }
    }
}
