using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

/// <summary>What manifests tell our processes is what these listen to.</summary>
public sealed partial class SettingsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Every setting is on one of these pages; the first is printed by kafscale settings.
    private static readonly HashSet<string> Known =
    [
        .. new[] { "configuration.md", "console.md", "operator.md" }
            .SelectMany(page => Variable().Matches(File.ReadAllText(RepositoryRoot.File("docs", page))).Select(match => match.Value)),
    ];

    [Theory]
    [MemberData(nameof(ValueSets.Names), MemberType = typeof(ValueSets))]
    public async Task Every_variable_of_the_chart_is_a_setting(string values)
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));

        Assert.All(Variables(rendering.Objects).Select(variable => variable.Name), name => Assert.Contains(name, Known));
    }

    [Fact]
    public void Every_variable_of_the_samples_is_a_setting() =>
        Assert.All(Variables(Samples.All).Select(variable => variable.Name), name => Assert.Contains(name, Known));

    [Fact]
    public async Task Every_setting_of_the_operator_is_a_value_of_the_chart()
    {
        var plain = Variables((await Chart.RenderAsync()).Objects);
        var other = Variables((await Chart.RenderAsync(ValueSets.Of("other etcd"))).Objects);
        var external = Variables((await Chart.RenderAsync(ValueSets.Of("an etcd for all"))).Objects);

        var settable = plain.Concat(other).Concat(external).Select(variable => variable.Name).ToHashSet();
        // In a pod the API server is reached by the service account.
        Assert.Empty(Known.Where(name => name.StartsWith("KAFSCALE_OPERATOR_", StringComparison.Ordinal)).Except(settable).Except(["KAFSCALE_OPERATOR_KUBECONFIG"]));
    }

    [Fact]
    public async Task The_console_starts_as_its_deployment_says()
    {
        var rendering = await Chart.RenderAsync(ValueSets.Of("a console"));
        var container = rendering.One("Deployment", "kafscale-console").PodSpec!["containers"]![0]!;
        var address = $"127.0.0.1:{FreePort.Next()}";
        var environment = Variables(rendering.Objects.Where(manifest => manifest.Name == "kafscale-console"))
            .ToDictionary(variable => variable.Name, variable => variable.Value ?? "as the secret has it");
        environment["KAFSCALE_CONSOLE_HTTP_ADDR"] = address;

        await using var console = RunningProcess.Start(
            BrokerProcess.Executable, container["args"]!.AsArray().Select(argument => argument!.GetValue<string>()), environment);

        using var client = new HttpClient { BaseAddress = new Uri($"http://{address}") };
        await Eventually.HoldsAsync(
            async () =>
            {
                Assert.False(console.HasExited, console.Output);
                try
                {
                    using var answer = await client.GetAsync(new Uri(container["readinessProbe"]!["httpGet"]!["path"]!.GetValue<string>(), UriKind.Relative));
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            Patience,
            "the console answers its probe");
    }

    [Theory]
    [InlineData("the chart's own", "namespaces: kafscale")]
    [InlineData("cluster-wide", "namespaces: all")]
    [InlineData("another placement", "Lease kafscale/other")]
    [InlineData("an etcd for all", "namespaces: kafscale")]
    [InlineData("other etcd", "namespaces: kafscale")]
    public async Task The_operator_starts_as_its_deployment_says(string values, string expected)
    {
        using var folder = new TemporaryFolder();
        var kubeconfig = folder.File("kubeconfig");
        // Nobody is there, which an operator waits for.
        await File.WriteAllTextAsync(kubeconfig, """
            apiVersion: v1
            kind: Config
            clusters: [{name: none, cluster: {server: 'http://127.0.0.1:1'}}]
            contexts: [{name: none, context: {cluster: none, user: none, namespace: kafscale}}]
            users: [{name: none, user: {token: any}}]
            current-context: none
            """);
        var rendering = await Chart.RenderAsync(ValueSets.Of(values));
        var container = rendering.One("Deployment", "kafscale-operator").PodSpec!["containers"]![0]!;
        // What comes from a field is the namespace.
        var environment = Variables(rendering.Objects).ToDictionary(variable => variable.Name, variable => variable.Value ?? "kafscale");
        environment["KAFSCALE_OPERATOR_HTTP_ADDR"] = "127.0.0.1:0";
        environment["KAFSCALE_OPERATOR_KUBECONFIG"] = kubeconfig;

        await using var process = RunningProcess.Start(
            BrokerProcess.Executable, container["args"]!.AsArray().Select(argument => argument!.GetValue<string>()), environment);

        using var deadline = new CancellationTokenSource(Patience);
        var line = await process.ReadStandardOutputLineAsync(deadline.Token);
        Assert.True(line is not null, process.Output);
        Assert.StartsWith("The operator is ready:", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_brokers_of_a_second_region_accept_their_settings()
    {
        var readers = Samples.All.Where(sample => sample.Kind == "StatefulSet").ToList();
        var environment = Variables(readers).Where(variable => variable.Value is not null)
            .ToDictionary(variable => variable.Name, variable => variable.Value!.Replace("$(POD_INDEX)", "0", StringComparison.Ordinal));
        environment["KAFSCALE_BROKER_ADDR"] = environment["KAFSCALE_METRICS_ADDR"] = "127.0.0.1:0";
        environment["KAFSCALE_ETCD_ENDPOINTS"] = environment["KAFSCALE_S3_ENDPOINT"] = "http://127.0.0.1:1";
        environment["KAFSCALE_STARTUP_TIMEOUT_SEC"] = "1";
        environment["KAFSCALE_S3_ACCESS_KEY"] = environment["KAFSCALE_S3_SECRET_KEY"] = "any";

        var (_, output) = await RunningProcess.RunAsync(
            BrokerProcess.Executable,
            readers[0].PodSpec!["containers"]![0]!["args"]!.AsArray().Select(argument => argument!.GetValue<string>()),
            Patience,
            environment);

        // It goes as far as to its stores, which are not there.
        Assert.Contains("The object store (s3://example-records-a/records) has to answer", output, StringComparison.Ordinal);
        Assert.DoesNotContain("setting", output, StringComparison.Ordinal);
    }

    private static List<(string Name, string? Value)> Variables(IEnumerable<Manifest> objects) =>
    [
        .. from manifest in objects
           from container in manifest.PodSpec?["containers"] as JsonArray ?? []
           from variable in container!["env"] as JsonArray ?? []
           let name = variable!["name"]!.GetValue<string>()
           where name.StartsWith("KAFSCALE_", StringComparison.Ordinal)
           select (name, variable["value"]?.GetValue<string>()),
    ];

    [GeneratedRegex("KAFSCALE_[A-Z0-9_]+")]
    private static partial Regex Variable();
}
