using Kafscale.Broker.Telemetry;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Telemetry;

public sealed class BrokerMeasurementsTests
{
    [Fact]
    public async Task Bytes_count_by_topic_and_where_asked_for_by_partition()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync(with: options => options with { Telemetry = new TelemetryOptions { MaxTopics = 1, MaxPartitions = 1 } });
        await cluster.CreateTopicAsync("a-topic");
        await cluster.CreateTopicAsync("b-topic");
        using var values = new MeasuredValues(broker.Node.Services.Metrics.Meter);
        Assert.Equal(0, values["kafscale_topic_produced_bytes_total{topic=a-topic}"]);
        await broker.MustProduceAsync("a-topic", "some records");
        await broker.MustProduceAsync("b-topic", "some records");
        await broker.MustProduceAsync("b-topic", "some records");
        await broker.FetchAsync("a-topic", 0, 0);

        var measured = values.Read();

        var bytes = measured["kafscale_topic_produced_bytes_total{topic=a-topic}"];
        Assert.InRange(bytes, 60, 120);
        Assert.Equal(2 * bytes, measured["kafscale_topic_produced_bytes_total{topic=_other}"]);
        Assert.DoesNotContain("kafscale_topic_produced_bytes_total{topic=b-topic}", measured.Keys);
        Assert.Equal(bytes, measured["kafscale_topic_fetched_bytes_total{topic=a-topic}"]);
        Assert.Equal(bytes, measured["kafscale_partition_produced_bytes_total{topic=a-topic,partition=0}"]);
        Assert.Equal(1, measured["kafscale_partition_high_watermark{topic=a-topic,partition=0}"]);
        Assert.DoesNotContain("kafscale_partition_high_watermark{topic=b-topic,partition=0}", measured.Keys);
        Assert.Equal(3 * bytes, measured["kafscale_produced_bytes_total"]);

        // What the others have counted does not fall with them.
        await cluster.DeleteTopicAsync("b-topic");
        Assert.Equal(2 * bytes, values["kafscale_topic_produced_bytes_total{topic=_other}"]);
    }

    [Fact]
    public async Task Session_leaders_flushes_and_metadata_are_measured()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        using var values = new MeasuredValues(broker.Node.Services.Metrics.Meter);
        await cluster.CreateTopicAsync("orders", 3);
        await broker.MustProduceAsync("orders", "a record");

        var measured = values.Read();

        Assert.Equal(1, measured["kafscale_session_alive"]);
        Assert.Equal(1, measured["kafscale_controller"]);
        Assert.Equal(1, measured["kafscale_brokers"]);
        Assert.Equal(3, measured["kafscale_partitions_led"]);
        Assert.Equal(0, measured["kafscale_partitions_without_leader"]);
        Assert.Equal(50, measured["kafscale_group_shards_led"]);
        Assert.Equal(3, measured["kafscale_leadership_moves_total{move=taken}"]);
        Assert.Equal(1, measured["kafscale_flushes_total{reason=interval}"]);
        Assert.InRange(measured["kafscale_merge_backlog_bytes"], 1, 1_000);
        Assert.Equal(1, measured["kafscale_merge_backlog_slices"]);
        Assert.InRange(measured["kafscale_metadata_applied_revision"], 1, 1_000);
        Assert.True(measured["kafscale_metadata_request_duration_seconds{operation=commit,outcome=success}"] > 0);
        Assert.Equal(0, measured["kafscale_append_buffer_bytes"]);
    }

    [Fact]
    public async Task A_lost_session_is_counted()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        using var values = new MeasuredValues(broker.Node.Services.Metrics.Meter);
        await cluster.CreateTopicAsync("orders");
        await broker.ExpireSessionAsync();
        await TestBroker.UntilAsync(() =>
        {
            _ = broker.ProduceAsync("orders", "notices it");
            return values.Read().GetValueOrDefault("kafscale_sessions_lost_total") == 1;
        });
    }

    [Fact]
    public async Task The_lag_of_a_group_is_what_it_has_not_committed()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        using var values = new MeasuredValues(broker.Node.Services.Metrics.Meter);
        await cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "one", "two", "three");
        var commit = new OffsetCommitRequest
        {
            GroupId = "readers",
            Topics = [new() { Name = "orders", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 1 }] }],
        };
        var committed = await broker.SendAsync<OffsetCommitResponse>(commit, 8);
        Assert.Equal(ErrorCode.None, committed.Topics[0].Partitions[0].ErrorCode);

        // Exporters of other tests ask all brokers of the process, and groups are looked at every ten seconds at most.
        var measured = values.Read();
        await TestBroker.UntilAsync(() => (measured = values.Read()).ContainsKey("kafscale_group_lag{group=readers,topic=orders}"));

        Assert.Equal(2, measured["kafscale_group_lag{group=readers,topic=orders}"]);
        Assert.Equal(2, measured["kafscale_consumer_lag_max"]);
        Assert.Equal(2, measured["kafscale_consumer_lag"]);
        Assert.Equal(1, measured["kafscale_groups{state=empty}"]);
        Assert.Equal(0, measured["kafscale_group_members"]);
    }

    [Fact]
    public async Task Ten_thousand_topics_and_two_thousand_groups_make_a_bounded_number_of_series_and_nothing_is_lost_of_the_sums()
    {
        const int Topics = 10_000;
        const int Groups = 2_000;
        const int TopicsOfGroup = 5;
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("t-0");
        await broker.MustProduceAsync("t-0", "one", "two", "three");
        foreach (var names in Enumerable.Range(1, Topics - 1).Select(i => $"t-{i}").Chunk(100))
        {
            await cluster.DefineTopicsAsync(names);
        }

        await TestBroker.UntilAsync(() => broker.Node.Services.Cluster.Topics.Count == Topics);
        for (var group = 0; group < Groups; group++)
        {
            var committed = await broker.SendAsync<OffsetCommitResponse>(
                new OffsetCommitRequest
                {
                    GroupId = $"g-{group}",
                    Topics = [.. Enumerable.Range(0, TopicsOfGroup).Select(i => new OffsetCommitRequest.OffsetCommitRequestTopic
                    {
                        Name = $"t-{(i == 0 ? 0 : (group * TopicsOfGroup) + i)}",
                        Partitions = [new() { PartitionIndex = 0, CommittedOffset = 0 }],
                    })],
                },
                8);
            Assert.All(committed.Topics, topic => Assert.Equal(ErrorCode.None, topic.Partitions[0].ErrorCode));
        }

        // Exporters of other tests ask all brokers of the process, and groups are looked at every ten seconds at most.
        using var values = new MeasuredValues(broker.Node.Services.Metrics.Meter);
        var measured = values.Read();
        await TestBroker.UntilAsync(() => (measured = values.Read()).GetValueOrDefault("kafscale_groups{state=empty}") == Groups);

        var defaults = new TelemetryOptions();
        var lags = measured.Where(value => value.Key.StartsWith("kafscale_group_lag{", StringComparison.Ordinal)).ToList();
        Assert.Equal(defaults.MaxGroups + 1, lags.Count);
        Assert.Equal(3 * Groups, lags.Sum(lag => lag.Value));
        Assert.Equal(3 * (Groups - defaults.MaxGroups), measured["kafscale_group_lag{group=_other,topic=_other}"]);
        Assert.Equal(defaults.MaxTopics + 1, measured.Keys.Count(name => name.StartsWith("kafscale_topic_produced_bytes_total{", StringComparison.Ordinal)));
        Assert.Equal(
            measured["kafscale_produced_bytes_total"],
            measured.Where(value => value.Key.StartsWith("kafscale_topic_produced_bytes_total{", StringComparison.Ordinal)).Sum(value => value.Value));
        Assert.Equal(Topics, measured["kafscale_topics"]);
        Assert.InRange(measured.Count, 1_000, 2_000);
    }
}
