using System.Diagnostics;
using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests;

/// <summary>librdkafka with <c>group.protocol=consumer</c> (KIP-848).</summary>
public sealed class ConsumerProtocolTests(ConsumerProtocolFixture broker) : IClassFixture<ConsumerProtocolFixture>
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);
    private static readonly ConfluentClient Client = ConfluentClient.Instance;

    private readonly string _topic = $"topic-{Guid.NewGuid():n}";
    private readonly string _group = $"group-{Guid.NewGuid():n}";

    private string BootstrapServers => broker.Broker.BootstrapServers;

    [Fact]
    public async Task Members_share_partitions_and_only_what_must_move_moves()
    {
        await Client.CreateTopicAsync(BootstrapServers, _topic, 6, new Dictionary<string, string>());
        using var one = Member();
        using var two = Member();

        one.Consumer.Subscribe(_topic);
        PollUntil(() => one.Assignment.Count == 6, one);
        two.Consumer.Subscribe(_topic);
        PollUntil(() => one.Assignment.Count == 3 && two.Assignment.Count == 3, one, two);

        Assert.Equal(3, one.Revoked.Count);
        Assert.Equal(one.Revoked.Order(), two.Assignment.Order());
        two.Consumer.Close();
        PollUntil(() => one.Assignment.Count == 6, one);
        Assert.Equal(3, one.Revoked.Count);
        one.Consumer.Close();
    }

    [Fact]
    public async Task A_group_goes_on_where_it_has_left_off()
    {
        await Client.CreateTopicAsync(BootstrapServers, _topic, 1, new Dictionary<string, string>());
        await ProduceAsync("first");
        using (var member = Member())
        {
            member.Consumer.Subscribe(_topic);
            Assert.Equal("first"u8, member.Consumer.Consume(Timeout).Message.Value!);
            member.Consumer.Commit();
            member.Consumer.Close();
        }

        await ProduceAsync("second");
        using (var member = Member())
        {
            member.Consumer.Subscribe(_topic);
            Assert.Equal("second"u8, member.Consumer.Consume(Timeout).Message.Value!);
            member.Consumer.Close();
        }
    }

    [Fact]
    public async Task A_pattern_finds_topics_that_come_later()
    {
        await Client.CreateTopicAsync(BootstrapServers, _topic, 1, new Dictionary<string, string>());
        using var member = Member();
        member.Consumer.Subscribe($"^{_topic}.*");
        PollUntil(() => member.Assignment.Count == 1, member);

        await Client.CreateTopicAsync(BootstrapServers, $"{_topic}-later", 2, new Dictionary<string, string>());
        PollUntil(() => member.Consumer.Assignment.Count == 3, member);
        member.Consumer.Close();
    }

    [Fact]
    public async Task A_static_member_that_comes_back_keeps_its_partitions_and_nobody_notices()
    {
        await Client.CreateTopicAsync(BootstrapServers, _topic, 4, new Dictionary<string, string>());
        using var one = Member(config => config.GroupInstanceId = "one");
        one.Consumer.Subscribe(_topic);
        List<int> before;
        using (var two = Member(config => config.GroupInstanceId = "two"))
        {
            two.Consumer.Subscribe(_topic);
            PollUntil(() => one.Assignment.Count == 2 && two.Assignment.Count == 2, one, two);
            before = [.. two.Assignment.Order()];
            two.Consumer.Close();
        }

        one.Revoked.Clear();
        using var again = Member(config => config.GroupInstanceId = "two");
        again.Consumer.Subscribe(_topic);
        PollUntil(() => again.Assignment.Count == 2, one, again);
        Assert.Equal(before, again.Assignment.Order());
        Assert.Empty(one.Revoked);
        again.Consumer.Close();
        one.Consumer.Close();
    }

    [Fact]
    public async Task Members_go_on_after_their_broker_was_killed_and_came_back()
    {
        await using var killed = await BrokerProcess.StartDevAsync(
            ["--group-consumer-heartbeat-interval-ms", "200", "--group-consumer-min-heartbeat-interval-ms", "200"]);
        await Client.CreateTopicAsync(killed.BootstrapServers, _topic, 4, new Dictionary<string, string>());
        using var one = Member(config => config.BootstrapServers = killed.BootstrapServers);
        using var two = Member(config => config.BootstrapServers = killed.BootstrapServers);
        one.Consumer.Subscribe(_topic);
        two.Consumer.Subscribe(_topic);
        PollUntil(() => one.Assignment.Count == 2 && two.Assignment.Count == 2, one, two);
        var revoked = (one.Revoked.Count, two.Revoked.Count);

        await killed.KillAsync();
        await killed.StartAsync();
        await Client.ProduceAsync(
            killed.BootstrapServers, _topic, [.. Enumerable.Range(0, 4).Select(i => TestRecord.Of(i, "key", "later"))], ProduceOptions.Default);
        var partitions = new HashSet<int>();
        PollUntil(() => partitions.Count == 4, record => partitions.Add(record.Partition.Value), one, two);
        Assert.Equal(revoked, (one.Revoked.Count, two.Revoked.Count));
        one.Consumer.Close();
        two.Consumer.Close();
    }

    private Task ProduceAsync(string text) =>
        Client.ProduceAsync(BootstrapServers, _topic, [TestRecord.Of(0, "key", text)], ProduceOptions.Default);

    private PolledMember Member(Action<ConsumerConfig>? configure = null)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = BootstrapServers,
            GroupId = _group,
            GroupProtocol = GroupProtocol.Consumer,
            AutoOffsetReset = AutoOffsetReset.Earliest,
        };
        configure?.Invoke(config);
        return new PolledMember(config);
    }

    private static void PollUntil(Func<bool> condition, params PolledMember[] members) => PollUntil(condition, _ => { }, members);

    private static void PollUntil(Func<bool> condition, Action<ConsumeResult<byte[]?, byte[]?>> onRecord, params PolledMember[] members)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Timeout, string.Join("; ", members.Select(member => member.ToString())));
            foreach (var member in members)
            {
                if (member.Consumer.Consume(TimeSpan.FromMilliseconds(50)) is { } record)
                {
                    onRecord(record);
                }
            }
        }
    }
}
