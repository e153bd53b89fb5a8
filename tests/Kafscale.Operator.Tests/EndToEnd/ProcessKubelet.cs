using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kafscale.Operator.Tests.ApiServer;
using Kafscale.Testing;

namespace Kafscale.Operator.Tests.EndToEnd;

/// <summary>
/// Runs the containers of pods as processes, with the command lines and the environment of their manifests. What a pod has of its own in Kubernetes it has here so: an
/// address is one of 127.0.0.0/8, on which it listens where it wants to listen on all; a name of the DNS is that address; a volume is a folder.
/// </summary>
internal sealed partial class ProcessKubelet : IKubelet, IAsyncDisposable
{
    private static readonly ResourceType Pods = ClusterMachinery.TypeOf("pods");
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RestartPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(45);

    private readonly ApiServerStandIn _server;
    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly Dictionary<string, RunningPod> _running = [];
    private readonly List<Task> _ends = [];
    private readonly string _network = string.Create(CultureInfo.InvariantCulture, $"127.{Random.Shared.Next(10, 250)}.{Random.Shared.Next(1, 250)}");
    private readonly Lock _lock = new();

    public ProcessKubelet(ApiServerStandIn server) => _server = server;

    /// <summary>For each broker that was to stop: its name, and what it led then.</summary>
    public List<(string Name, int PartitionsLed, bool IsDraining)> Stops { get; } = [];

    public string Output
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _running.Select(pod => $"--- {pod.Key}\n{Tail(pod.Value.Process.Output)}"));
            }
        }
    }

    public Task SyncAsync(JsonObject pod)
    {
        var key = ClusterMachinery.KeyOf(pod, Pods);
        lock (_lock)
        {
            if (!_running.TryGetValue(key.Name, out var running))
            {
                if (pod["metadata"]!["deletionTimestamp"] is not null)
                {
                    _server.Store.Delete(key, null, isGraceful: false);
                }
                else
                {
                    _running.Add(key.Name, running = StartPod(pod, key));
                    _ends.Add(WatchAsync(running));
                }
            }
            else if (pod["metadata"]!["deletionTimestamp"] is not null && !running.IsEnding)
            {
                running.IsEnding = true;
                _ends.Add(EndAsync(running));
            }
        }

        return Task.CompletedTask;
    }

    /// <summary>The volumes of pods whose names begin so are lost, and the pods end at once.</summary>
    public void LoseVolumes(string start)
    {
        lock (_lock)
        {
            foreach (var (name, pod) in _running.Where(pod => pod.Key.StartsWith(start, StringComparison.Ordinal)))
            {
                pod.Process.Send(Signal.Kill);
                pod.LosesVolume = true;
                _server.Store.Delete(pod.Key, null, isGraceful: true);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<RunningPod> pods;
        lock (_lock)
        {
            pods = [.. _running.Values];
            pods.ForEach(pod => pod.IsEnding = true);
        }

        foreach (var pod in pods)
        {
            await pod.Process.DisposeAsync();
        }

        await Task.WhenAny(Task.WhenAll(_ends));
        _client.Dispose();
        _folder.Dispose();
    }

    private static string Tail(string text) => text.Length > 3000 ? text[^3000..] : text;

    private RunningPod StartPod(JsonObject pod, ObjectKey key)
    {
        var spec = pod["spec"]!;
        return new RunningPod(key, AddressOf(key.Name), spec["containers"]![0]!, isRestarted: (string?)spec["restartPolicy"] != "Never") { Process = StartProcess(pod, key) };
    }

    private RunningProcess StartProcess(JsonObject pod, ObjectKey key)
    {
        var ip = AddressOf(key.Name);
        var container = pod["spec"]!["containers"]![0]!;
        var variables = new Dictionary<string, string>();
        foreach (var variable in container["env"]?.AsArray() ?? [])
        {
            if (ValueOf(variable!, pod) is { } value)
            {
                variables[(string)variable!["name"]!] = Localise(Expand(value, variables), ip);
            }
        }

        var volumes = (container["volumeMounts"]?.AsArray() ?? [])
            .ToDictionary(mount => (string)mount!["mountPath"]!, mount => _folder.File(Path.Combine(key.Name, (string)mount!["name"]!)));
        foreach (var folder in volumes.Values)
        {
            Directory.CreateDirectory(folder);
        }

        // A pod of its own has a /tmp of its own.
        variables["TMPDIR"] = volumes.GetValueOrDefault("/tmp", _folder.Path);
        var arguments = (container["args"]?.AsArray() ?? []).Select(argument => Mount(Localise(Expand((string)argument!, variables), ip), volumes));
        return RunningProcess.Start((string?)container["command"]?[0] ?? BrokerProcess.Executable, arguments, variables, _folder.Path);
    }

    private static string Mount(string text, Dictionary<string, string> volumes) => volumes.Aggregate(text, (changed, volume) => changed.Replace(volume.Key, volume.Value, StringComparison.Ordinal));

    private static string Expand(string text, Dictionary<string, string> variables) => Reference().Replace(text, match => variables.GetValueOrDefault(match.Groups[1].Value, match.Value));

    /// <summary>Puts addresses in the place of the names of pods, as the DNS does.</summary>
    public string Resolve(string text) => PodName().Replace(text, match => AddressOf(match.Groups[1].Value));

    private string Localise(string text, string ip)
    {
        text = Resolve(text);
        text = text.Replace("0.0.0.0", ip, StringComparison.Ordinal);
        return AllInterfaces().IsMatch(text) ? ip + text : text;
    }

    private string AddressOf(string pod)
    {
        var isNumbered = int.TryParse(pod.AsSpan(pod.LastIndexOf('-') + 1), CultureInfo.InvariantCulture, out var ordinal);
        return string.Create(CultureInfo.InvariantCulture, $"{_network}.{(!isNumbered ? 200 : pod.Contains("-etcd-", StringComparison.Ordinal) ? 10 + ordinal : 100 + ordinal)}");
    }

    private string? ValueOf(JsonNode variable, JsonObject pod)
    {
        if (variable["valueFrom"] is not { } from)
        {
            return (string?)variable["value"] ?? "";
        }

        var metadata = pod["metadata"]!;
        if ((string?)from["fieldRef"]?["fieldPath"] is { } path)
        {
            var field = FieldPath().Match(path);
            return path == "metadata.name" ? (string)metadata["name"]! : (string?)metadata[field.Groups[1].Value]?[field.Groups[2].Value] ?? "";
        }

        var ns = (string)metadata["namespace"]!;
        if (from["configMapKeyRef"] is { } reference)
        {
            return (string?)_server.Store.Find(new ObjectKey("", "configmaps", ns, (string)reference["name"]!))?["data"]?[(string)reference["key"]!];
        }

        var secret = _server.Store.Find(new ObjectKey("", "secrets", ns, (string)from["secretKeyRef"]!["name"]!));
        return (string?)secret?["data"]?[(string)from["secretKeyRef"]!["key"]!] is { } data ? Encoding.UTF8.GetString(Convert.FromBase64String(data)) : null;
    }

    // Probes it as long as it runs, tells of its end, and starts it again where that is its policy.
    private async Task WatchAsync(RunningPod pod)
    {
        while (true)
        {
            await ProbeAsync(pod);
            if (pod.IsEnding)
            {
                return;
            }

            var process = pod.Process;
            var exitCode = await process.WaitForExitAsync(GracePeriod);
            var end = new JsonObject { ["exitCode"] = exitCode, ["message"] = Tail(process.Output) };
            if (!pod.IsRestarted)
            {
                SetStatus(pod, exitCode == 0 ? "Succeeded" : "Failed", isReady: false, new JsonObject { ["terminated"] = end }, lastState: null);
                return;
            }

            SetStatus(pod, "Running", isReady: false, new JsonObject { ["waiting"] = new JsonObject { ["reason"] = "CrashLoopBackOff" } }, new JsonObject { ["terminated"] = end });
            await Task.Delay(RestartPause);
            lock (_lock)
            {
                // As it is by now: its annotations are not what they were when it was made.
                if (pod.IsEnding || _server.Store.Find(pod.Key) is not { } now || now["metadata"]!["deletionTimestamp"] is not null)
                {
                    return;
                }

                pod.Process = StartProcess(now, pod.Key);
            }

            pod.LastEnd = (JsonObject)end.DeepClone();
            await process.DisposeAsync();
        }
    }

    private async Task ProbeAsync(RunningPod pod)
    {
        var probe = pod.Container["readinessProbe"]?["httpGet"];
        var port = probe is null ? 0 : (int)pod.Container["ports"]!.AsArray().First(named => (string)named!["name"]! == (string)probe["port"]!)!["containerPort"]!;
        bool? wasReady = null;
        while (!pod.Process.HasExited && !pod.IsEnding)
        {
            var isReady = probe is not null && await AnswersAsync($"http://{pod.Address}:{port}{probe["path"]}");
            if (isReady != wasReady && !pod.IsEnding)
            {
                var last = pod.LastEnd is null ? null : new JsonObject { ["terminated"] = pod.LastEnd.DeepClone() };
                SetStatus(pod, "Running", isReady, new JsonObject { ["running"] = new JsonObject() }, last);
                wasReady = isReady;
            }

            await pod.Process.WaitForExitAsync(ProbeInterval).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private async Task EndAsync(RunningPod pod)
    {
        if (!pod.Process.HasExited)
        {
            if (pod.Key.Name.Contains("-broker-", StringComparison.Ordinal))
            {
                await NoteStopAsync(pod);
            }

            pod.Process.Send(Signal.Terminate);
        }

        await pod.Process.WaitForExitAsync(GracePeriod);
        lock (_lock)
        {
            _running.Remove(pod.Key.Name);
            if (pod.LosesVolume)
            {
                Directory.Delete(_folder.File(pod.Key.Name), recursive: true);
            }
        }

        _server.Store.Delete(pod.Key, null, isGraceful: false);
    }

    private async Task NoteStopAsync(RunningPod pod)
    {
        try
        {
            var status = await _client.GetFromJsonAsync<JsonObject>($"http://{pod.Address}:8080/admin/status");
            lock (_lock)
            {
                Stops.Add((pod.Key.Name, (int)status!["leaders"]!["partitionsLed"]!, (bool)status["isDraining"]!));
            }
        }
        catch (HttpRequestException)
        {
            // It had not come so far.
        }
    }

    private async Task<bool> AnswersAsync(string address)
    {
        try
        {
            using var response = await _client.GetAsync(address);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    private void SetStatus(RunningPod pod, string phase, bool isReady, JsonObject state, JsonObject? lastState)
    {
        try
        {
            _server.Store.Change(Pods, pod.Key, "kubelet", isStatus: true, document => document["status"] = new JsonObject
            {
                ["phase"] = phase,
                ["podIP"] = pod.Address,
                ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = isReady ? "True" : "False" }),
                ["containerStatuses"] = new JsonArray(new JsonObject
                {
                    ["name"] = pod.Container["name"]!.DeepClone(),
                    ["image"] = "x",
                    ["imageID"] = "x",
                    ["ready"] = isReady,
                    ["restartCount"] = 0,
                    ["state"] = state,
                    ["lastState"] = lastState,
                }),
            });
        }
        catch (ApiException)
        {
            // It is gone.
        }
    }

    [GeneratedRegex(@"\$\(([A-Z0-9_]+)\)")]
    private static partial Regex Reference();

    [GeneratedRegex(@"([a-z0-9-]+-\d+)\.[a-z0-9-]+\.[a-z0-9-]+\.svc")]
    private static partial Regex PodName();

    [GeneratedRegex(@"^:\d+$")]
    private static partial Regex AllInterfaces();

    [GeneratedRegex(@"metadata\.(labels|annotations)\['([^']+)'\]")]
    private static partial Regex FieldPath();

    private sealed class RunningPod(ObjectKey key, string address, JsonNode container, bool isRestarted)
    {
        public ObjectKey Key => key;

        public string Address => address;

        public JsonNode Container => container;

        public bool IsRestarted => isRestarted;

        public required RunningProcess Process { get; set; }

        /// <summary>How the process before ended; null where there was none.</summary>
        public JsonObject? LastEnd { get; set; }

        public bool IsEnding { get; set; }

        public bool LosesVolume { get; set; }
    }
}
