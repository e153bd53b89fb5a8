using System.Net.Sockets;
using Kafscale.Compatibility.Tests.Hostile;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>
/// Commits ever greater positions of groups without members, one after another, and asks every broker all the time for them: an answer
/// is never less than what was acknowledged, or answered, before the question.
/// </summary>
/// <remarks>Not those of members, because clients repeat commits that got no answer, also after later ones.</remarks>
internal sealed class GroupPositions : IAsyncDisposable
{
    private const short OffsetCommitVersion = 7;
    private const short OffsetFetchVersion = 7;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    // A paused broker does not answer: another one has its groups by then.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyList<ClusterBroker> _brokers;
    private readonly string _topic;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _positions = [];
    private readonly List<string> _backwards = [];
    private readonly Task _working;
    private int _answers;

    /// <param name="brokers">Of the cluster.</param>
    /// <param name="topic">The topic whose first partition the positions are of.</param>
    /// <param name="groups">How many groups; which broker coordinates which is by chance.</param>
    public GroupPositions(IReadOnlyList<ClusterBroker> brokers, string topic, int groups)
    {
        _brokers = brokers;
        _topic = topic;
        var names = Enumerable.Range(0, groups).Select(_ => $"positions-{Guid.NewGuid():n}").ToArray();
        _working = Task.WhenAll([
            .. names.Select(CommitAsync),
            .. names.SelectMany(_ => brokers, (name, broker) => AskAllTheTimeAsync(name, broker)),
        ]);
    }

    /// <summary>Stops, and checks what was seen.</summary>
    public async Task AssertNeverBackwardsAsync()
    {
        await _stopping.CancelAsync();
        await _working;
        Assert.True(_backwards.Count == 0, string.Join('\n', _backwards));
        Assert.NotEmpty(_positions);
        Assert.True(_answers > 0, "Nobody has told the position of a group.");
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _working;
        _stopping.Dispose();
    }

    private async Task CommitAsync(string group)
    {
        var position = 0L;
        while (!_stopping.IsCancellationRequested)
        {
            foreach (var broker in _brokers)
            {
                await WithConnectionAsync(broker, async connection =>
                {
                    while (await TryCommitAsync(connection, group, ++position))
                    {
                        await Task.Delay(Interval, _stopping.Token);
                    }
                });
            }

            await Task.WhenAny(Task.Delay(Interval, _stopping.Token));
        }
    }

    private async Task<bool> TryCommitAsync(RawConnection connection, string group, long position)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = group,
            GenerationIdOrMemberEpoch = -1,
            MemberId = "",
            Topics =
            {
                new OffsetCommitRequest.OffsetCommitRequestTopic
                {
                    Name = _topic,
                    Partitions = { new OffsetCommitRequest.OffsetCommitRequestPartition { CommittedOffset = position, CommittedMetadata = "" } },
                },
            },
        };
        var response = await AskAsync<OffsetCommitResponse>(connection, request, OffsetCommitVersion);
        if (response?.Topics[0].Partitions[0].ErrorCode is not ErrorCode.None)
        {
            return false;
        }

        lock (_lock)
        {
            _positions[group] = Math.Max(position, KnownOf(group));
        }

        return true;
    }

    private async Task AskAllTheTimeAsync(string group, ClusterBroker broker)
    {
        while (!_stopping.IsCancellationRequested)
        {
            await WithConnectionAsync(broker, async connection =>
            {
                while (await TryAskForPositionAsync(connection, group, broker.Id))
                {
                    await Task.Delay(Interval, _stopping.Token);
                }
            });
            await Task.WhenAny(Task.Delay(Interval, _stopping.Token));
        }
    }

    private async Task<bool> TryAskForPositionAsync(RawConnection connection, string group, int brokerId)
    {
        long known;
        lock (_lock)
        {
            known = KnownOf(group);
        }

        var request = new OffsetFetchRequest
        {
            GroupId = group,
            Topics = [new OffsetFetchRequest.OffsetFetchRequestTopic { Name = _topic, PartitionIndexes = [0] }],
        };
        var response = await AskAsync<OffsetFetchResponse>(connection, request, OffsetFetchVersion);
        if (response is null)
        {
            return false;
        }

        // The others say that they do not coordinate the group, or that they do not know yet.
        if (response.ErrorCode == ErrorCode.None)
        {
            var answered = response.Topics[0].Partitions[0].CommittedOffset;
            lock (_lock)
            {
                _answers++;
                if (answered < known)
                {
                    _backwards.Add($"{DateTime.UtcNow:O}: {group} was at {known}, then at {answered} on broker {brokerId}");
                }

                _positions[group] = Math.Max(answered, KnownOf(group));
            }
        }

        return true;
    }

    private long KnownOf(string group) => _positions.GetValueOrDefault(group, -1);

    private Task<TResponse?> AskAsync<TResponse>(RawConnection connection, IRequestMessage request, short version)
        where TResponse : class, IResponseMessage, new() =>
        connection.TryAskAsync<TResponse>(request, version).WaitAsync(AnswerTimeout, _stopping.Token);

    private static async Task WithConnectionAsync(ClusterBroker broker, Func<RawConnection, Task> use)
    {
        try
        {
            using var connection = await RawConnection.OpenAsync(broker.Process.Port);
            await use(connection);
        }
        catch (Exception exception) when (exception is SocketException or TimeoutException or OperationCanceledException or ObjectDisposedException)
        {
            // The broker is down or paused, or this is over.
        }
    }
}
