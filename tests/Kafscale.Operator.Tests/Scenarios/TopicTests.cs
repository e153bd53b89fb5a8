using System.Text.Json.Nodes;

namespace Kafscale.Operator.Tests.Scenarios;

public sealed class TopicTests
{
    private const string Clusters = "kafscaleclusters";
    private const string Topics = "kafscaletopics";

    [Fact]
    public async Task A_topic_is_made_grows_and_gets_its_settings_set_and_taken_back()
    {
        await using var playground = await StartAsync();

        playground.Apply(Topics, Playground.Topic("payments", 3, new JsonObject { ["retentionMs"] = 1000, ["config"] = new JsonObject { ["max.message.bytes"] = "2048" } }));
        await IsReadyAsync(playground, "payments");
        Assert.Equal(3, playground.World.Topics["payments"].Partitions.Count);
        Assert.Equal("1000", playground.World.Topics["payments"].Config["retention.ms"]);

        playground.Apply(Topics, Playground.Topic("payments", 5, new JsonObject { ["retentionMs"] = 2000 }));
        await playground.BecomesAsync(() => playground.Find(Topics, "payments")!["status"]!["partitions"]?.AsArray().Count == 5);

        Assert.Equal("2000", playground.World.Topics["payments"].Config["retention.ms"]);
        await playground.BecomesAsync(() => !playground.World.Topics["payments"].Config.ContainsKey("max.message.bytes"));
    }

    [Fact]
    public async Task A_topic_of_a_client_is_left_alone_and_the_conflict_is_reported()
    {
        await using var playground = await StartAsync();
        playground.World.MakeTopic("payments", 2, ("retention.ms", "7"));

        playground.Apply(Topics, Playground.Topic("payments", 6, new JsonObject { ["retentionMs"] = 1000 }));
        await playground.BecomesAsync(() => playground.Phase(Topics, "payments") == "Conflict");
        playground.Delete(Topics, "payments");
        await playground.BecomesAsync(() => playground.Find(Topics, "payments") is null);

        Assert.Equal(2, playground.World.Topics["payments"].Partitions.Count);
        Assert.Equal("7", playground.World.Topics["payments"].Config["retention.ms"]);
    }

    [Fact]
    public async Task A_topic_of_a_client_is_taken_over_where_that_is_said()
    {
        await using var playground = await StartAsync();
        playground.World.MakeTopic("payments", 2);
        var topic = Playground.Topic("payments", 6);
        topic["metadata"]!["annotations"] = new JsonObject { ["kafscale.io/adopt"] = "true" };

        playground.Apply(Topics, topic);
        await IsReadyAsync(playground, "payments");

        Assert.Equal(6, playground.World.Topics["payments"].Partitions.Count);
    }

    [Fact]
    public async Task More_partitions_than_are_specified_are_reported()
    {
        await using var playground = await StartAsync();
        playground.World.MakeTopic("payments", 9);
        var topic = Playground.Topic("payments", 6);
        topic["metadata"]!["annotations"] = new JsonObject { ["kafscale.io/adopt"] = "true" };

        playground.Apply(Topics, topic);

        await playground.BecomesAsync(() => (string?)playground.Condition(Topics, "payments", "Ready")?["reason"] == "MorePartitions");
    }

    [Fact]
    public async Task A_topic_goes_with_its_resource_and_one_that_was_made_again_by_somebody_else_stays()
    {
        await using var playground = await StartAsync();
        playground.Apply(Topics, Playground.Topic("payments", 1));
        playground.Apply(Topics, Playground.Topic("refunds", 1));
        await IsReadyAsync(playground, "payments");
        await IsReadyAsync(playground, "refunds");

        playground.World.MakeTopic("refunds", 1);
        await playground.BecomesAsync(() => playground.Phase(Topics, "refunds") == "Conflict");
        playground.Delete(Topics, "payments");
        playground.Delete(Topics, "refunds");
        await playground.BecomesAsync(() => playground.Server.Store.List("kafscale.io", Topics).Count == 0);

        Assert.Equal(["refunds"], playground.World.Topics.Keys);
    }

    [Fact]
    public async Task A_topic_lets_go_where_its_cluster_is_gone_and_nothing_is_deleted()
    {
        await using var playground = await StartAsync();
        playground.Apply(Topics, Playground.Topic("payments", 1));
        await IsReadyAsync(playground, "payments");

        playground.Delete(Clusters, "orders");
        playground.Delete(Topics, "payments");
        await playground.BecomesAsync(() => playground.Find(Topics, "payments") is null);

        Assert.Contains("payments", playground.World.Topics.Keys);
    }

    [Fact]
    public async Task A_deletion_waits_five_minutes_for_brokers_that_do_not_answer_and_no_longer()
    {
        var clock = new ShiftedTime();
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster());
        playground.Apply(Topics, Playground.Topic("payments", 1));
        playground.StartOperator(timeProvider: clock);
        await IsReadyAsync(playground, "payments");

        playground.World.KafkaTrouble = "No broker answers.";
        playground.Delete(Topics, "payments");
        await playground.BecomesAsync(() => playground.Phase(Topics, "payments") == "Deleting");
        clock.Shift = TimeSpan.FromMinutes(5);

        await playground.BecomesAsync(() => playground.Find(Topics, "payments") is null);
        Assert.Contains(playground.Server.Store.List("", "events"), found => (string)found["reason"]! == "TopicLeft");
    }

    [Fact]
    public async Task What_the_cluster_refuses_is_reported_and_mended_by_another_spec()
    {
        await using var playground = await StartAsync();

        playground.Apply(Topics, Playground.Topic("payments", 1, new JsonObject { ["config"] = new JsonObject { ["nonsense"] = "1" } }));
        await playground.BecomesAsync(() => (string?)playground.Condition(Topics, "payments", "Ready")?["reason"] == "Refused");
        playground.Apply(Topics, Playground.Topic("payments", 1));

        await IsReadyAsync(playground, "payments");
    }

    private static async Task<Playground> StartAsync()
    {
        var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster());
        playground.StartOperator();
        await playground.IsReadyAsync();
        return playground;
    }

    private static Task IsReadyAsync(Playground playground, string name) => playground.BecomesAsync(() =>
        playground.Phase(Topics, name) == "Ready" && (long?)playground.Find(Topics, name)!["status"]!["observedGeneration"] == (long)playground.Find(Topics, name)!["metadata"]!["generation"]!);
}
