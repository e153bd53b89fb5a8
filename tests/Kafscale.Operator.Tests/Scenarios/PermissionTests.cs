using System.Text.Json.Nodes;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Tests.ApiServer;

namespace Kafscale.Operator.Tests.Scenarios;

/// <summary>That the roles in deploy/ grant what the operator does. That they grant enough, every test with an operator shows: what is not granted is refused.</summary>
public sealed class PermissionTests
{
    private const string Clusters = "kafscaleclusters";
    private const string Topics = "kafscaletopics";

    [Fact]
    public async Task Whatever_is_granted_an_operator_uses()
    {
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        var everything = Playground.Cluster(isEtcdManaged: true);
        everything["spec"]!["ui"] = new JsonObject { ["enabled"] = true };
        everything["spec"]!["brokers"]!["autoscaling"] = new JsonObject { ["maxReplicas"] = 6 };
        playground.Apply(Clusters, everything);
        playground.Apply(Topics, Playground.Topic("payments", 1));
        playground.StartOperator();
        await playground.IsReadyAsync();
        await playground.BecomesAsync(() => playground.Phase(Topics, "payments") == "Ready");

        // Without console and autoscaler, with another image, and smaller.
        var less = Playground.Cluster(isEtcdManaged: true, replicas: 2);
        less["spec"]!["brokers"]!["image"] = new JsonObject { ["tag"] = "2" };
        playground.Apply(Clusters, less);
        await playground.BecomesAsync(() => playground.Server.Store.List("", "pods").Count(pod => (string)pod["spec"]!["containers"]![0]!["image"]! == "kafscale:2") == 2);
        await playground.IsReadyAsync();
        playground.World.EtcdHoldsCluster = false;
        await playground.BecomesAsync(() => playground.World.Rebuilds.Count > 0);
        await playground.IsReadyAsync();

        Assert.Empty(OperatorRoles.Granted.Except(playground.Server.Roles.Used).Select(permission => permission.ToString()).Order());
    }

    [Fact]
    public async Task What_is_not_granted_is_refused()
    {
        await using var server = await ApiServerStandIn.StartAsync();
        using var client = server.CreateClient("operator-1");

        var exception = await Assert.ThrowsAsync<k8s.Autorest.HttpOperationException>(() =>
            new KubernetesObjects(client).ListAsync(ResourceKinds.Secrets, Playground.Namespace, null, TestContext.Current.CancellationToken));

        Assert.Equal(System.Net.HttpStatusCode.Forbidden, exception.Response.StatusCode);
        Assert.Equal("core secrets list in shop", Assert.Single(server.Roles.Refused));
    }
}
