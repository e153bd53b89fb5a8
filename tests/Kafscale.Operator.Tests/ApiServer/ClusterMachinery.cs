using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>
/// The controllers of Kubernetes that an operator leans on, as far as it does: StatefulSets and Jobs become pods, and pods what the kubelet makes of them.
/// </summary>
public sealed class ClusterMachinery : IAsyncDisposable
{
    private const string Manager = "kube-controller-manager";

    private static readonly ResourceType Pods = TypeOf("pods");
    private static readonly ResourceType StatefulSets = TypeOf("statefulsets");
    private static readonly ResourceType Jobs = TypeOf("jobs");

    private readonly ApiServerStandIn _server;
    private readonly IKubelet _kubelet;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;

    private ClusterMachinery(ApiServerStandIn server, IKubelet kubelet)
    {
        (_server, _kubelet) = (server, kubelet);
        _running = RunAsync();
    }

    public static ClusterMachinery Start(ApiServerStandIn server, IKubelet kubelet) => new(server, kubelet);

    /// <summary>Why it ended, where it did before its time.</summary>
    public Task Running => _running;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAny(_running);
        _stopping.Dispose();
    }

    public static ResourceType TypeOf(string plural) => ResourceTypes.All.First(type => type.Plural == plural);

    public static ObjectKey KeyOf(JsonObject document, ResourceType type) =>
        new(type.Group, type.Plural, (string)document["metadata"]!["namespace"]!, (string)document["metadata"]!["name"]!);

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var changed = _server.ChangeAfter(() => { });
            foreach (var set in _server.Store.List("apps", "statefulsets"))
            {
                Quietly(() => SyncStatefulSet(set));
            }

            foreach (var job in _server.Store.List("batch", "jobs"))
            {
                Quietly(() => SyncJob(job));
            }

            foreach (var pod in _server.Store.List("", "pods"))
            {
                try
                {
                    await _kubelet.SyncAsync(pod);
                }
                catch (ApiException)
                {
                    // It was changed or is gone; the next look sees it.
                }
            }

            try
            {
                await changed.WaitAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static void Quietly(Action sync)
    {
        try
        {
            sync();
        }
        catch (ApiException)
        {
            // Somebody else was faster; the next look sees it.
        }
    }

    private List<JsonObject> PodsOf(JsonObject owner) =>
    [
        .. _server.Store.List("", "pods", (string)owner["metadata"]!["namespace"]!)
            .Where(pod => pod["metadata"]!["ownerReferences"]?.AsArray().Any(reference => reference!["uid"]!.ToString() == owner["metadata"]!["uid"]!.ToString()) == true),
    ];

    private void SyncStatefulSet(JsonObject set)
    {
        var name = (string)set["metadata"]!["name"]!;
        var ns = (string)set["metadata"]!["namespace"]!;
        var spec = set["spec"]!;
        var replicas = (int)spec["replicas"]!;
        var template = spec["template"]!.AsObject();
        var revision = $"{name}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(template.ToJsonString())))[..10]}";
        var pods = PodsOf(set);
        if (set["metadata"]!["deletionTimestamp"] is null)
        {
            for (var ordinal = 0; ordinal < replicas; ordinal++)
            {
                var key = new ObjectKey("", "pods", ns, string.Create(CultureInfo.InvariantCulture, $"{name}-{ordinal}"));
                if (_server.Store.Find(key) is null)
                {
                    _server.Store.Create(Pods, key, CreatePod(set, "StatefulSet", template, ordinal, revision), Manager);
                }
            }
        }

        foreach (var pod in pods.Where(pod => OrdinalOf(pod) >= replicas && pod["metadata"]!["deletionTimestamp"] is null))
        {
            _server.Store.Delete(KeyOf(pod, Pods), null, isGraceful: true);
        }

        if ((string?)spec["updateStrategy"]?["type"] != "OnDelete" && pods.Count >= replicas && pods.All(IsReady)
            && pods.LastOrDefault(pod => (string)pod["metadata"]!["labels"]!["controller-revision-hash"]! != revision) is { } outdated)
        {
            _server.Store.Delete(KeyOf(outdated, Pods), null, isGraceful: true);
        }

        _server.Store.Change(StatefulSets, KeyOf(set, StatefulSets), Manager, isStatus: true, document => document["status"] = new JsonObject
        {
            ["observedGeneration"] = (long)set["metadata"]!["generation"]!,
            ["replicas"] = pods.Count,
            ["readyReplicas"] = pods.Count(IsReady),
            ["updateRevision"] = revision,
        });
    }

    private void SyncJob(JsonObject job)
    {
        var name = (string)job["metadata"]!["name"]!;
        var key = new ObjectKey("", "pods", (string)job["metadata"]!["namespace"]!, name + "-x7k2p");
        if ((job["status"]?["succeeded"] ?? job["status"]?["failed"]) is not null)
        {
            return;
        }

        if (_server.Store.Find(key) is not { } pod)
        {
            _server.Store.Create(Pods, key, CreatePod(job, "Job", job["spec"]!["template"]!.AsObject(), null, null), Manager);
            return;
        }

        var phase = (string?)pod["status"]?["phase"];
        if (phase is "Succeeded" or "Failed")
        {
            _server.Store.Change(Jobs, KeyOf(job, Jobs), Manager, isStatus: true, document => document["status"] = new JsonObject
            {
                [phase == "Succeeded" ? "succeeded" : "failed"] = 1,
                ["completionTime"] = phase == "Succeeded" ? DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) : null,
            });
        }
    }

    private static JsonObject CreatePod(JsonObject owner, string kind, JsonObject template, int? ordinal, string? revision)
    {
        var pod = (JsonObject)template.DeepClone();
        var metadata = (JsonObject)(pod["metadata"] ??= new JsonObject());
        var labels = (JsonObject)(metadata["labels"] ??= new JsonObject());
        if (ordinal is { } number)
        {
            labels["apps.kubernetes.io/pod-index"] = number.ToString(CultureInfo.InvariantCulture);
            labels["controller-revision-hash"] = revision;
        }

        metadata["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = owner["apiVersion"]!.DeepClone(),
            ["kind"] = kind,
            ["name"] = owner["metadata"]!["name"]!.DeepClone(),
            ["uid"] = owner["metadata"]!["uid"]!.DeepClone(),
            ["controller"] = true,
        });
        pod["status"] = new JsonObject { ["phase"] = "Pending" };
        return pod;
    }

    private static int? OrdinalOf(JsonObject pod) =>
        int.TryParse((string?)pod["metadata"]!["labels"]?["apps.kubernetes.io/pod-index"], CultureInfo.InvariantCulture, out var ordinal) ? ordinal : null;

    public static bool IsReady(JsonObject pod) =>
        pod["metadata"]!["deletionTimestamp"] is null && pod["status"]?["conditions"]?.AsArray().Any(condition => (string)condition!["type"]! == "Ready" && (string)condition["status"]! == "True") == true;
}
