using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Kafscale.Operator.Tests.ApiServer;

namespace Kafscale.Operator.Tests.Fakes;

/// <summary>Pods are ready the moment that they are there, and gone the moment that they are to go, unless a test says otherwise.</summary>
internal sealed class FakeKubelet(ApiServerStandIn server, FakeWorld world) : IKubelet
{
    private static readonly ResourceType Pods = ClusterMachinery.TypeOf("pods");

    private int _addresses;

    /// <summary>Why pods of an image end again and again; by the image.</summary>
    public ConcurrentDictionary<string, string> Broken { get; } = new();

    /// <summary>Pods that do not go though they are to.</summary>
    public ConcurrentDictionary<string, bool> Stuck { get; } = new();

    public Task SyncAsync(JsonObject pod)
    {
        var key = ClusterMachinery.KeyOf(pod, Pods);
        var component = (string)pod["metadata"]!["labels"]!["app.kubernetes.io/component"]!;
        if (pod["metadata"]!["deletionTimestamp"] is not null)
        {
            if (!Stuck.ContainsKey(key.Name))
            {
                world.OnGone(key.Name, (string?)pod["status"]?["podIP"]);
                server.Store.Delete(key, null, isGraceful: false);
            }

            return Task.CompletedTask;
        }

        if ((string?)pod["status"]?["phase"] != "Pending")
        {
            return Task.CompletedTask;
        }

        var container = pod["spec"]!["containers"]![0]!;
        var image = (string)container["image"]!;
        if (component == "restore")
        {
            var (isDone, message) = world.Rebuild([.. container["args"]!.AsArray().Select(argument => (string)argument!)]);
            SetStatus(key, isDone ? "Succeeded" : "Failed", null, isReady: false, isDone ? null : message);
            return Task.CompletedTask;
        }

        var ip = string.Create(CultureInfo.InvariantCulture, $"10.1.0.{Interlocked.Increment(ref _addresses)}");
        if (Broken.TryGetValue(image, out var trouble))
        {
            SetStatus(key, "Running", ip, isReady: false, trouble);
        }
        else
        {
            world.OnStarted(component, key.Name, ip);
            SetStatus(key, "Running", ip, isReady: true, null);
        }

        return Task.CompletedTask;
    }

    private void SetStatus(ObjectKey key, string phase, string? ip, bool isReady, string? trouble) =>
        server.Store.Change(Pods, key, "kubelet", isStatus: true, document =>
        {
            var status = new JsonObject
            {
                ["phase"] = phase,
                ["podIP"] = ip,
                ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = isReady ? "True" : "False" }),
            };
            if (trouble is not null)
            {
                status["containerStatuses"] = new JsonArray(new JsonObject
                {
                    ["name"] = "x",
                    ["image"] = "x",
                    ["imageID"] = "x",
                    ["ready"] = false,
                    ["restartCount"] = 3,
                    ["lastState"] = new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = 1, ["message"] = trouble } },
                });
            }

            document["status"] = status;
        });
}
