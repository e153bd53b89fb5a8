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

    private static void PollUntil(Func<bool> condition, params PolledMember[] members)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Timeout, string.Join("; ", members.Select(member => member.ToString())));
            foreach (var member in members)
            {
                member.Consumer.Consume(TimeSpan.FromMilliseconds(50));
            }
        }
    }
}
