using System.Text.Json.Nodes;
using Kafscale.Operator.Brokers;
using Kafscale.Operator.Etcd;

namespace Kafscale.Operator.Tests.Scenarios;

public sealed class ClusterTests
{
    private const string Clusters = "kafscaleclusters";

    [Fact]
    public async Task A_cluster_with_an_etcd_of_somebody_else_becomes_brokers_and_services()
    {
        await using var playground = await StartAsync(Playground.Cluster());

        await playground.IsReadyAsync();

        var status = playground.Find(Clusters, "orders")!["status"]!;
        Assert.Equal(3, (int)status["brokerCount"]!);
        Assert.Equal("True", (string?)playground.Condition(Clusters, "orders", "Ready")!["status"]);
        Assert.Equal(
            ["poddisruptionbudgets/orders-broker", "services/orders-broker", "services/orders-broker-headless", "statefulsets/orders-broker"], playground.Children().Keys);
    }

    [Fact]
    public async Task A_cluster_without_endpoints_gets_an_etcd_of_its_own()
    {
        await using var playground = await StartAsync(Playground.Cluster(isEtcdManaged: true));

        await playground.IsReadyAsync();

        Assert.Superset(
            new HashSet<string> { "statefulsets/orders-etcd", "services/orders-etcd", "services/orders-etcd-client", "poddisruptionbudgets/orders-etcd" },
            playground.Children().Keys.ToHashSet());
        Assert.Equal("True", (string?)playground.Condition(Clusters, "orders", "EtcdAvailable")!["status"]);
        Assert.Empty(playground.World.Rebuilds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_has_nothing_to_do_writes_nothing(bool isEtcdManaged)
    {
        var cluster = Playground.Cluster(isEtcdManaged: isEtcdManaged);
        (cluster["spec"]!["ui"], cluster["spec"]!["brokers"]!["resources"]) =
            (new JsonObject { ["enabled"] = true }, new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "1000m", ["memory"] = "2048Mi" } });
        await using var playground = await StartAsync(cluster);
        playground.Apply("kafscaletopics", Playground.Topic("payments", 3, new JsonObject { ["retentionMs"] = 3_600_000 }));
        await playground.IsReadyAsync();
        await playground.BecomesAsync(() => playground.Phase("kafscaletopics", "payments") == "Ready");

        Assert.Empty(await playground.WritesOfIdleOperatorAsync());
    }

    [Fact]
    public async Task Brokers_are_added_and_what_goes_has_handed_over_before()
    {
        await using var playground = await StartAsync(Playground.Cluster());
        await playground.IsReadyAsync();

        playground.Apply(Clusters, Playground.Cluster(replicas: 5));
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 5);
        await playground.IsReadyAsync();
        playground.Apply(Clusters, Playground.Cluster(replicas: 2));
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 2);

        Assert.Equal(["orders-broker-2 drained", "orders-broker-3 drained", "orders-broker-4 drained"], playground.World.Gone.Order());
    }

    [Fact]
    public async Task A_broker_that_cannot_hand_over_stays_until_it_can_and_the_status_says_why()
    {
        await using var playground = await StartAsync(Playground.Cluster());
        await playground.IsReadyAsync();
        playground.World.DrainAnswer = _ => DrainOutcome.NotYet;

        playground.Apply(Clusters, Playground.Cluster(replicas: 2));
        await playground.BecomesAsync(() => ((string)playground.Condition(Clusters, "orders", "Ready")!["message"]!).Contains("it leads 7 partitions", StringComparison.Ordinal));
        Assert.Equal(3, playground.World.BrokersRunning);
        playground.World.DrainAnswer = null;
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 2);

        Assert.Equal(["orders-broker-2 drained"], playground.World.Gone);
    }

    [Fact]
    public async Task A_broker_that_cannot_hand_over_for_five_minutes_goes_all_the_same()
    {
        var clock = new ShiftedTime();
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster());
        playground.StartOperator(timeProvider: clock);
        await playground.IsReadyAsync();
        playground.World.DrainAnswer = _ => DrainOutcome.NotYet;

        playground.Apply(Clusters, Playground.Cluster(replicas: 2));
        await playground.BecomesAsync(() => playground.World.Drains.Count > 1);
        clock.Shift = TimeSpan.FromMinutes(4.5);
        var before = playground.World.Drains.Count;
        await playground.BecomesAsync(() => playground.World.Drains.Count > before + 1);
        Assert.Equal(3, playground.World.BrokersRunning);
        clock.Shift = TimeSpan.FromMinutes(5);

        // To stop is to drain, too.
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 2);
        Assert.Equal(["orders-broker-2 undrained"], playground.World.Gone);
        await playground.IsReadyAsync();
    }

    [Fact]
    public async Task A_drain_ends_where_the_broker_is_to_stay_after_all()
    {
        await using var playground = await StartAsync(Playground.Cluster());
        await playground.IsReadyAsync();
        playground.World.DrainAnswer = name => name == "orders-broker-1" ? DrainOutcome.NobodyTakesOver : null;
        playground.Apply(Clusters, Playground.Cluster(replicas: 1));
        await playground.BecomesAsync(() => playground.World.Drains.Contains("orders-broker-1"));

        playground.Apply(Clusters, Playground.Cluster());
        await playground.BecomesAsync(() => playground.World.Draining.Count == 0
            && !playground.Server.Store.List("", "pods").Any(pod => pod["metadata"]!["annotations"]?[BrokerFleet.DrainingAnnotation] is not null));

        await playground.IsReadyAsync();
        Assert.Empty(playground.World.Gone);
    }

    [Fact]
    public async Task Another_image_is_rolled_out_one_broker_at_a_time_each_drained_before()
    {
        await using var playground = await StartAsync(Playground.Cluster());
        await playground.IsReadyAsync();

        playground.Apply(Clusters, WithImage("2"));
        await playground.BecomesAsync(() => ImagesOf(playground).All(image => image == "kafscale:2") && playground.World.BrokersRunning == 3);

        Assert.Equal(["orders-broker-2 drained", "orders-broker-1 drained", "orders-broker-0 drained"], playground.World.Gone);
    }

    [Fact]
    public async Task A_setting_and_new_credentials_are_rolled_out_too()
    {
        await using var playground = await StartAsync(Playground.Cluster());
        await playground.IsReadyAsync();
        var cluster = Playground.Cluster();
        cluster["spec"]!["config"] = new JsonObject { ["flushIntervalMs"] = 100, ["cacheSize"] = "1Gi" };

        playground.Apply(Clusters, cluster);
        await playground.BecomesAsync(() => playground.World.Gone.Count == 3);
        playground.ApplySecret("rotated");
        await playground.BecomesAsync(() => playground.World.Gone.Count == 6);

        var text = playground.Find("statefulsets", "orders-broker")!.ToJsonString();
        Assert.Contains("\"KAFSCALE_FLUSH_INTERVAL_MS\",\"value\":\"100\"", text, StringComparison.Ordinal);
        Assert.Contains("\"KAFSCALE_CACHE_BYTES\",\"value\":\"1GiB\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_does_not_start_stops_at_the_first_broker_and_a_mended_one_takes_its_place()
    {
        await using var playground = await StartAsync(Playground.Cluster());
        await playground.IsReadyAsync();
        playground.Kubelet.Broken["kafscale:bad"] = "the s3.bucket does not exist";

        playground.Apply(Clusters, WithImage("bad"));
        await playground.BecomesAsync(() => ((string)playground.Condition(Clusters, "orders", "Ready")!["message"]!).Contains("the s3.bucket does not exist", StringComparison.Ordinal));
        Assert.Equal(2, playground.World.BrokersRunning);
        playground.Apply(Clusters, WithImage("good"));
        await playground.BecomesAsync(() => ImagesOf(playground).All(image => image == "kafscale:good") && playground.World.BrokersRunning == 3);

        await playground.IsReadyAsync();
    }

    [Fact]
    public async Task A_Secret_that_is_missing_or_wrong_is_named_and_awaited()
    {
        await using var playground = await Playground.StartAsync();
        playground.World.RightSecret = "right";
        playground.Apply(Clusters, Playground.Cluster());
        playground.StartOperator();

        await playground.BecomesAsync(() => Reason(playground) == "CredentialsMissing");
        Assert.Contains("There is no Secret s3", (string)playground.Condition(Clusters, "orders", "Ready")!["message"]!, StringComparison.Ordinal);
        playground.ApplySecret("wrong");
        await playground.BecomesAsync(() => Reason(playground) == "CredentialsRefused");
        Assert.Null(playground.Find("statefulsets", "orders-broker"));
        playground.ApplySecret("right");
        await playground.IsReadyAsync();
    }

    [Fact]
    public async Task A_Secret_that_is_deleted_stops_no_broker()
    {
        await using var playground = await StartAsync(Playground.Cluster());
        await playground.IsReadyAsync();

        playground.Delete("secrets", "s3");
        await playground.BecomesAsync(() => Reason(playground) == "CredentialsMissing");

        Assert.Equal(3, playground.World.BrokersRunning);
        playground.ApplySecret();
        await playground.IsReadyAsync();
        Assert.Empty(playground.World.Gone);
    }

    [Fact]
    public async Task A_bucket_that_is_missing_is_named_and_awaited()
    {
        await using var playground = await Playground.StartAsync();
        playground.World.BucketTrouble = new BucketLook("s3://records: the bucket does not exist.", "BucketMissing", null);
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster(isEtcdManaged: true));
        playground.StartOperator();

        await playground.BecomesAsync(() => Reason(playground) == "BucketMissing");
        playground.World.BucketTrouble = null;
        await playground.IsReadyAsync();
    }

    [Fact]
    public async Task Children_that_somebody_has_changed_or_deleted_are_put_right()
    {
        await using var playground = await StartAsync(Playground.Cluster(isEtcdManaged: true));
        await playground.IsReadyAsync();
        var before = playground.Children();

        Edit(playground, "statefulsets", "orders-etcd", set => set["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "etcd:evil");
        Edit(playground, "services", "orders-broker", service => service["spec"]!["selector"] = new JsonObject { ["app"] = "other" });
        Edit(playground, "statefulsets", "orders-broker", set => set["spec"]!["replicas"] = 1);
        playground.Delete("services", "orders-etcd-client");
        playground.Delete("poddisruptionbudgets", "orders-broker");

        await playground.BecomesAsync(() => playground.Children().Count == before.Count && playground.World.BrokersRunning == 3
            && (string?)playground.Find("statefulsets", "orders-etcd")!["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] != "etcd:evil"
            && playground.Find("services", "orders-broker")!["spec"]!["selector"]!["app.kubernetes.io/name"] is not null
            && (int)playground.Find("statefulsets", "orders-broker")!["spec"]!["replicas"]! == 3);
    }

    [Fact]
    public async Task What_others_add_to_children_is_left_to_them()
    {
        await using var playground = await StartAsync(Playground.Cluster());
        await playground.IsReadyAsync();

        Edit(playground, "services", "orders-broker", service => service["metadata"]!["labels"]!["team"] = "shop");
        await playground.WritesOfIdleOperatorAsync();
        playground.Apply(Clusters, Playground.Cluster(replicas: 4));
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 4);

        Assert.Equal("shop", (string?)playground.Find("services", "orders-broker")!["metadata"]!["labels"]!["team"]);
    }

    [Fact]
    public async Task A_cluster_that_is_deleted_and_made_again_is_there_again()
    {
        await using var playground = await StartAsync(Playground.Cluster(isEtcdManaged: true));
        await playground.IsReadyAsync();
        var before = playground.Children();

        playground.Delete(Clusters, "orders");
        await playground.BecomesAsync(() => playground.Children().Count == 0 && playground.World.BrokersRunning == 0);
        playground.Apply(Clusters, Playground.Cluster(isEtcdManaged: true));
        await playground.IsReadyAsync();

        Assert.Equal(before, playground.Children());
    }

    [Fact]
    public async Task A_Service_of_somebody_else_is_not_taken_and_the_status_says_so()
    {
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply("services", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "orders-broker" }, ["spec"] = new JsonObject { ["selector"] = new JsonObject { ["app"] = "web" } } });
        playground.Apply(Clusters, Playground.Cluster());
        playground.StartOperator();

        await playground.BecomesAsync(() => Reason(playground) == "NameTaken");

        Assert.Equal("web", (string?)playground.Find("services", "orders-broker")!["spec"]!["selector"]!["app"]);
    }

    [Fact]
    public async Task The_console_and_the_autoscaler_are_there_while_they_are_wanted()
    {
        var cluster = Playground.Cluster();
        cluster["spec"]!["ui"] = new JsonObject { ["enabled"] = true };
        cluster["spec"]!["brokers"]!["autoscaling"] = new JsonObject { ["maxReplicas"] = 6 };
        await using var playground = await StartAsync(cluster);
        await playground.IsReadyAsync();
        Assert.NotNull(playground.Find("deployments", "orders-console"));
        var target = playground.Find("horizontalpodautoscalers", "orders-broker")!["spec"]!["scaleTargetRef"]!;
        Assert.Equal("KafscaleCluster/orders", $"{target["kind"]}/{target["name"]}");

        playground.Apply(Clusters, Playground.Cluster());
        await playground.BecomesAsync(() => playground.Find("deployments", "orders-console") is null && playground.Find("horizontalpodautoscalers", "orders-broker") is null);

        await playground.IsReadyAsync();
    }

    private static async Task<Playground> StartAsync(JsonObject cluster)
    {
        var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply(Clusters, cluster);
        playground.StartOperator();
        return playground;
    }

    private static string? Reason(Playground playground) => (string?)playground.Condition(Clusters, "orders", "Ready")?["reason"];

    private static JsonObject WithImage(string tag)
    {
        var cluster = Playground.Cluster();
        cluster["spec"]!["brokers"]!["image"] = new JsonObject { ["tag"] = tag };
        return cluster;
    }

    private static List<string> ImagesOf(Playground playground) =>
        [.. playground.Server.Store.List("", "pods").Select(pod => (string)pod["spec"]!["containers"]![0]!["image"]!)];

    private static void Edit(Playground playground, string plural, string name, Action<JsonObject> change) =>
        playground.Server.Store.Change(ApiServer.ClusterMachinery.TypeOf(plural), Playground.KeyOf(plural, name), "kubectl-edit", isStatus: false, change);
}
