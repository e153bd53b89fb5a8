using System.Diagnostics;
using System.Net;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests;

/// <summary>Very many members that have nothing to say but that they live.</summary>
[Trait("Category", "Long")]
public sealed class ManyGroupsTests(ITestOutputHelper output)
{
    private const int Groups = 1_000;
    private const int MembersPerGroup = 10;
    private const int Connections = 100;
    private const int Rounds = 6;
    private const double MostMilliseconds = 10;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly List<KafkaConnection> _connections = [];

    [Theory]
    [InlineData("consumer")]
    [InlineData("classic")]
    public async Task Ten_thousand_heartbeats_every_five_seconds_are_answered_at_once_and_nothing_is_written(string protocol)
    {
        await using var broker = await BrokerProcess.StartDevAsync(["--group-initial-rebalance-delay-ms", "100"]);
        try
        {
            for (var i = 0; i < Connections; i++)
            {
                _connections.Add(await KafkaConnection.OpenAsync(IPAddress.Loopback.ToString(), broker.Port, CancellationToken.None));
            }

            // Members of one group are on neighbouring connections, so that they can wait for each other.
            var began = Stopwatch.GetTimestamp();
            var heartbeats = (await Task.WhenAll(Enumerable.Range(0, Connections).Select(connection => JoinAsync(protocol, connection)))).ToList();
            output.WriteLine($"{Groups * MembersPerGroup} members have joined after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s.");
            // Whatever joining has left to do is done with the first round.
            await RunRoundAsync(heartbeats);
            var stored = StoredBytes(broker);
            var best = double.MaxValue;
            for (var round = 1; round < Rounds; round++)
            {
                var milliseconds = await RunRoundAsync(heartbeats);
                var p99 = milliseconds[(int)(milliseconds.Count * 0.99)];
                output.WriteLine($"p50 {milliseconds[milliseconds.Count / 2]:0.00} ms, p99 {p99:0.00} ms, at most {milliseconds[^1]:0.0} ms.");
                best = Math.Min(best, p99);
            }

            // Others use the machine, too: what the broker can do shows in the best round.
            Assert.InRange(best, 0, MostMilliseconds);
            Assert.Equal(stored, StoredBytes(broker));
        }
        finally
        {
            foreach (var connection in _connections)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private static long StoredBytes(BrokerProcess broker) =>
        Directory.GetFiles(broker.DataDirectory, "metadata.db*").Sum(file => new FileInfo(file).Length);

    /// <summary>Joins the members of one connection, one of each of its groups.</summary>
    private async Task<List<Func<Task<ErrorCode>>>> JoinAsync(string protocol, int connection)
    {
        var heartbeats = new List<Func<Task<ErrorCode>>>();
        for (var group = connection / MembersPerGroup; group < Groups; group += Connections / MembersPerGroup)
        {
            heartbeats.Add(protocol == "consumer"
                ? await JoinConsumerAsync(_connections[connection], $"group-{group}", $"member-{connection}")
                : await JoinClassicAsync(_connections[connection], $"group-{group}"));
        }

        return heartbeats;
    }

    private static async Task<Func<Task<ErrorCode>>> JoinConsumerAsync(KafkaConnection connection, string group, string memberId)
    {
        var request = new ConsumerGroupHeartbeatRequest
        {
            GroupId = group,
            MemberId = memberId,
            RebalanceTimeoutMs = 60_000,
            SubscribedTopicNames = ["nothing"],
            TopicPartitions = [],
        };
        await SendAsync();
        return SendAsync;

        async Task<ErrorCode> SendAsync()
        {
            var response = await connection.SendAsync<ConsumerGroupHeartbeatResponse>(request, CancellationToken.None);
            request = new ConsumerGroupHeartbeatRequest { GroupId = group, MemberId = memberId, MemberEpoch = response.MemberEpoch };
            return response.ErrorCode;
        }
    }

    private static async Task<Func<Task<ErrorCode>>> JoinClassicAsync(KafkaConnection connection, string group)
    {
        var memberId = "";
        var joined = new JoinGroupResponse { ErrorCode = ErrorCode.MemberIdRequired };
        var synced = new SyncGroupResponse { ErrorCode = ErrorCode.RebalanceInProgress };
        while (joined.ErrorCode != ErrorCode.None || synced.ErrorCode != ErrorCode.None)
        {
            joined = await connection.SendAsync<JoinGroupResponse>(
                new JoinGroupRequest
                {
                    GroupId = group,
                    MemberId = memberId,
                    SessionTimeoutMs = 120_000,
                    RebalanceTimeoutMs = 120_000,
                    ProtocolType = "test",
                    Protocols = [new() { Name = "none" }],
                },
                CancellationToken.None);
            memberId = joined.MemberId;
            if (joined.ErrorCode == ErrorCode.None)
            {
                synced = await connection.SendAsync<SyncGroupResponse>(
                    new SyncGroupRequest { GroupId = group, MemberId = memberId, GenerationId = joined.GenerationId, ProtocolType = "test", ProtocolName = "none" },
                    CancellationToken.None);
            }
        }

        var heartbeat = new HeartbeatRequest { GroupId = group, MemberId = memberId, GenerationId = joined.GenerationId };
        return async () => (await connection.SendAsync<HeartbeatResponse>(heartbeat, CancellationToken.None)).ErrorCode;
    }

    /// <summary>Every member reports once within the interval.</summary>
    /// <returns>How long each waited for its answer, in order.</returns>
    private static async Task<List<double>> RunRoundAsync(List<List<Func<Task<ErrorCode>>>> heartbeats)
    {
        var waits = await Task.WhenAll(heartbeats.Select(async (ofConnection, connection) =>
        {
            var milliseconds = new List<double>();
            var began = Stopwatch.GetTimestamp();
            for (var i = 0; i < ofConnection.Count; i++)
            {
                var due = (Interval * i / ofConnection.Count) + (Interval / ofConnection.Count * connection / heartbeats.Count);
                var early = due - Stopwatch.GetElapsedTime(began);
                await Task.Delay(early > TimeSpan.Zero ? early : TimeSpan.Zero, TestContext.Current.CancellationToken);
                var sent = Stopwatch.GetTimestamp();
                Assert.Equal(ErrorCode.None, await ofConnection[i]());
                milliseconds.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return milliseconds;
        }));
        return [.. waits.SelectMany(milliseconds => milliseconds).Order()];
    }
}
