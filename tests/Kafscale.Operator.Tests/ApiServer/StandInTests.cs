using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Kafscale.Operator.Kubernetes;
using Kafscale.Operator.Tests.Scenarios;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>That the stand-in behaves as the real server does, where it is known how that behaves.</summary>
public sealed class StandInTests
{
    private static readonly ResourceType Services = ClusterMachinery.TypeOf("services");

    private readonly ObjectStore _store = new();

    [Fact]
    public void A_field_of_another_manager_is_a_conflict_unless_it_is_forced()
    {
        Apply("a", """{"spec":{"selector":{"x":"1"},"type":"ClusterIP"}}""");

        var exception = Assert.Throws<ApiException>(() => Apply("b", """{"spec":{"selector":{"x":"2"}}}"""));
        Assert.Equal(409, exception.Code);
        Apply("b", """{"spec":{"selector":{"x":"2"}}}""", isForced: true);
        Apply("a", """{"spec":{"type":"ClusterIP"}}""");

        Assert.Equal("2", (string?)Find()["spec"]!["selector"]!["x"]);
    }

    [Fact]
    public void A_field_that_is_not_applied_any_more_goes_unless_somebody_else_has_it_too()
    {
        Apply("a", """{"metadata":{"labels":{"x":"1","y":"1"}},"spec":{"ports":[{"port":1,"protocol":"TCP","name":"p"},{"port":2,"protocol":"TCP","name":"q"}]}}""");
        Apply("b", """{"metadata":{"labels":{"y":"1"}}}""");

        Apply("a", """{"spec":{"ports":[{"port":2,"protocol":"TCP","name":"q"}]}}""");

        Assert.Equal("""{"y":"1"}""", Find()["metadata"]!["labels"]!.ToJsonString());
        Assert.Equal("q", (string?)Assert.Single(Find()["spec"]!["ports"]!.AsArray())!["name"]);
    }

    [Fact]
    public void What_changes_nothing_makes_no_resource_version_and_what_changes_no_spec_no_generation()
    {
        Apply("a", """{"spec":{"selector":{"x":"1"}}}""");
        var (version, generation) = (_store.Version, (long)Find()["metadata"]!["generation"]!);

        Apply("a", """{"spec":{"selector":{"x":"1"}}}""");
        Assert.Equal(version, _store.Version);
        Apply("a", """{"metadata":{"labels":{"x":"1"}},"spec":{"selector":{"x":"1"}}}""");
        Assert.Equal(generation, (long)Find()["metadata"]!["generation"]!);
        Apply("a", """{"spec":{"selector":{"x":"2"}}}""");

        Assert.Equal(generation + 1, (long)Find()["metadata"]!["generation"]!);
    }

    [Fact]
    public void A_field_that_the_published_type_does_not_have_is_refused() =>
        Assert.Equal(400, Assert.Throws<ApiException>(() => Apply("a", """{"spec":{"colour":"red"}}""")).Code);

    [Fact]
    public async Task An_object_that_was_changed_meanwhile_is_not_patched()
    {
        await using var playground = await Playground.StartAsync();
        playground.Apply("configmaps", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "m" }, ["data"] = new JsonObject { ["x"] = "1" } });
        var old = await playground.Objects.FindAsync(ResourceKinds.ConfigMaps, Playground.Namespace, "m", TestContext.Current.CancellationToken);
        playground.Apply("configmaps", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "m" }, ["data"] = new JsonObject { ["x"] = "2" } });

        var exception = await Assert.ThrowsAsync<k8s.Autorest.HttpOperationException>(() =>
            playground.Objects.PatchAsync(ResourceKinds.ConfigMaps, old!, new JsonObject { ["data"] = new JsonObject { ["x"] = "3" } }, TestContext.Current.CancellationToken));

        Assert.Equal(System.Net.HttpStatusCode.Conflict, exception.Response.StatusCode);
    }

    [Fact]
    public async Task A_watch_from_before_what_is_forgotten_ends_with_410()
    {
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        playground.Server.Store.Compact();

        var exception = await Assert.ThrowsAsync<KubernetesException>(async () =>
        {
            await foreach (var _ in playground.Objects.WatchAsync(ResourceKinds.Secrets, null, null, "1", TestContext.Current.CancellationToken))
            {
            }
        });

        Assert.Equal(410, exception.Status.Code);
    }

    [Fact]
    public async Task A_watch_tells_of_changes_and_bookmarks_and_of_nothing_else()
    {
        await using var playground = await Playground.StartAsync();
        playground.ApplySecret();
        var events = new List<(WatchEventType, string)>();

        await foreach (var (type, item) in playground.Objects.WatchAsync(ResourceKinds.Secrets, Playground.Namespace, null, "0", TestContext.Current.CancellationToken))
        {
            events.Add((type, item.Metadata.Name));
            if (type == WatchEventType.Bookmark && events.Count == 2)
            {
                playground.Apply("configmaps", new JsonObject { ["metadata"] = new JsonObject { ["name"] = "other" } });
                playground.Delete("secrets", "s3");
            }

            if (type == WatchEventType.Deleted)
            {
                break;
            }
        }

        Assert.Equal([(WatchEventType.Added, "s3"), (WatchEventType.Deleted, "s3")], events.Where(found => found.Item1 != WatchEventType.Bookmark));
    }

    private void Apply(string manager, string document, bool isForced = false) =>
        _store.Apply(Services, Playground.KeyOf("services", "s"), (JsonObject)JsonNode.Parse(document)!, manager, isForced, isStatus: false);

    private JsonObject Find() => _store.Find(Playground.KeyOf("services", "s"))!;
}
