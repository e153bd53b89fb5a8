namespace Kafscale.Operator.Tests.Scenarios;

public sealed class RestoreTests
{
    private const string Clusters = "kafscaleclusters";

    [Fact]
    public async Task Lost_metadata_are_made_anew_from_the_bucket_once_while_no_broker_runs()
    {
        await using var playground = await StartAsync();

        playground.World.EtcdHoldsCluster = false;
        await playground.BecomesAsync(() => playground.World.Rebuilds.Count > 0);
        await playground.BecomesAsync(() => playground.World.BrokersRunning == 3);
        await playground.IsReadyAsync();
        await playground.WritesOfIdleOperatorAsync();

        Assert.Equal(["storage rebuild --discard-unfinished"], playground.World.Rebuilds);
        Assert.Equal(0, playground.World.BrokersDuringRebuild);
        Assert.Equal("Done", (string?)playground.Find("configmaps", "orders-etcd-restore")!["data"]!["phase"]);
    }

    [Fact]
    public async Task A_new_cluster_over_the_bucket_of_an_old_one_gets_its_metadata_from_there()
    {
        await using var playground = await Playground.StartAsync();
        playground.World.BucketHoldsCluster = true;
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster(isEtcdManaged: true));
        playground.StartOperator();

        await playground.IsReadyAsync();

        Assert.Single(playground.World.Rebuilds);
        Assert.Equal(0, playground.World.BrokersDuringRebuild);
    }

    [Fact]
    public async Task An_etcd_that_does_not_answer_is_waited_for_and_nothing_is_restored()
    {
        await using var playground = await StartAsync();

        playground.World.EtcdTrouble = "etcd at http://10.1.0.1:2379 does not answer";
        await playground.BecomesAsync(() => (string?)playground.Condition(Clusters, "orders", "EtcdAvailable")!["status"] == "False");
        Assert.Equal(3, playground.World.BrokersRunning);
        playground.World.EtcdTrouble = null;
        await playground.IsReadyAsync();

        Assert.Empty(playground.World.Rebuilds);
    }

    [Fact]
    public async Task Metadata_that_turn_up_again_before_the_rebuild_are_kept()
    {
        await using var playground = await StartAsync();
        playground.Kubelet.Stuck["orders-broker-1"] = true;
        playground.World.EtcdHoldsCluster = false;
        await playground.BecomesAsync(() => playground.Phase(Clusters, "orders") == "Restoring" && playground.World.BrokersRunning == 1);

        playground.World.EtcdHoldsCluster = true;
        await playground.BecomesAsync(() => (string?)playground.Find("configmaps", "orders-etcd-restore")!["data"]!["phase"] == "Done");
        playground.Kubelet.Stuck.Clear();
        playground.Server.Store.Compact();

        Assert.Empty(playground.World.Rebuilds);
    }

    [Fact]
    public async Task Where_something_is_lost_for_good_a_person_decides()
    {
        await using var playground = await StartAsync();
        playground.World.RebuildFailure = arguments => arguments.Contains("--accept-loss")
            ? null
            : "LOST: WAL object 7\nNothing was written, because 1 things can not be brought back (see LOST above). Restore the objects from a copy of the bucket, or go on with --accept-loss.";

        playground.World.EtcdHoldsCluster = false;
        await playground.BecomesAsync(() => (string?)playground.Condition(Clusters, "orders", "Ready")!["reason"] == "RestoreNeedsDecision");
        Assert.Single(playground.World.Rebuilds);
        var cluster = Playground.Cluster(isEtcdManaged: true);
        cluster["metadata"]!["annotations"] = new System.Text.Json.Nodes.JsonObject { ["kafscale.io/accept-loss"] = "orders-etcd-restore-1-1" };
        playground.Apply(Clusters, cluster);
        await playground.IsReadyAsync();

        Assert.Equal(2, playground.World.Rebuilds.Count);
    }

    [Fact]
    public async Task Snapshots_are_published_when_they_are_due_and_told_of()
    {
        await using var playground = await Playground.StartAsync();
        playground.Options = playground.Options with { Snapshots = playground.Options.Snapshots with { Schedule = Cronos.CronExpression.Parse("* * * * * *", Cronos.CronFormat.IncludeSeconds) } };
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster(isEtcdManaged: true));
        playground.StartOperator();
        await playground.IsReadyAsync();

        await playground.BecomesAsync(() => playground.World.Snapshots.Count > 1);

        Assert.All(playground.World.Snapshots, key => Assert.StartsWith("etcd-snapshots/shop/orders/", key, StringComparison.Ordinal));
        await playground.BecomesAsync(() => (string?)playground.Condition(Clusters, "orders", "EtcdSnapshot")!["reason"] == "Published");
        Assert.Equal("True", (string?)playground.Condition(Clusters, "orders", "EtcdSnapshotAccess")!["status"]);
        Assert.Equal(64, ((string)playground.Find("configmaps", "orders-etcd-snapshot")!["data"]!["sha256"]!).Length);
    }

    [Fact]
    public async Task Old_snapshots_are_removed_and_where_that_fails_it_is_told_and_snapshots_go_on()
    {
        await using var playground = await Playground.StartAsync();
        playground.World.RemovalTrouble = "Old snapshots could not be removed: AccessDenied.";
        playground.Options = playground.Options with
        {
            Snapshots = playground.Options.Snapshots with { Keep = 2, Schedule = Cronos.CronExpression.Parse("* * * * * *", Cronos.CronFormat.IncludeSeconds) },
        };
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster(isEtcdManaged: true));
        playground.StartOperator();

        await playground.BecomesAsync(() => playground.World.Snapshots.Count > 2);
        await playground.BecomesAsync(() => ((string?)playground.Condition(Clusters, "orders", "EtcdSnapshot")?["message"])?.Contains("AccessDenied", StringComparison.Ordinal) == true);
        Assert.Equal("Published", (string?)playground.Condition(Clusters, "orders", "EtcdSnapshot")!["reason"]);
        var newest = playground.World.Snapshots[^1];
        playground.World.RemovalTrouble = null;

        await playground.BecomesAsync(() => playground.World.Snapshots is [_, var last] && string.CompareOrdinal(last, newest) > 0);
        await playground.BecomesAsync(() => ((string)playground.Condition(Clusters, "orders", "EtcdSnapshot")!["message"]!).EndsWith("Z.", StringComparison.Ordinal));
    }

    private static async Task<Playground> StartAsync()
    {
        var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Apply(Clusters, Playground.Cluster(isEtcdManaged: true));
        playground.StartOperator();
        await playground.IsReadyAsync();
        return playground;
    }
}
