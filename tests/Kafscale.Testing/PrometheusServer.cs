using System.Globalization;
using System.Text.Json;

namespace Kafscale.Testing;

/// <summary>A real Prometheus server that scrapes what it is told every second; Debian's package <c>prometheus</c> has it.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder = new();
    private readonly ProcessGuard _guard;
    private readonly HttpClient _client;
    private RunningProcess? _process;

    private PrometheusServer(int port)
    {
        _guard = ProcessGuard.Start(_folder.Path);
        _client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
    }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="targets">The addresses to scrape, by job.</param>
    /// <param name="ruleFile">A file of rules to evaluate.</param>
    public static async Task<PrometheusServer> StartAsync(IReadOnlyDictionary<string, IReadOnlyList<string>> targets, string ruleFile)
    {
        var port = FreePort.Next();
        var server = new PrometheusServer(port);
        try
        {
            await File.WriteAllTextAsync(server._folder.File("prometheus.yml"), ConfigurationOf(targets, ruleFile));
            server._process = RunningProcess.Start(
                "prometheus",
                [
                    $"--config.file={server._folder.File("prometheus.yml")}",
                    $"--storage.tsdb.path={server._folder.File("data")}",
                    $"--web.listen-address=127.0.0.1:{port}",
                    "--log.level=warn",
                ]);
            server._guard.Watch(server._process.Id);
            await Eventually.HoldsAsync(server.IsReadyAsync, StartTimeout, "Prometheus answers");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs <c>promtool</c> to its end.</summary>
    public static Task<(int ExitCode, string Output)> PromtoolAsync(params string[] arguments) =>
        RunningProcess.RunAsync("promtool", arguments, TimeSpan.FromSeconds(60));

    /// <summary>The values of an expression now.</summary>
    /// <exception cref="InvalidOperationException">The expression is wrong.</exception>
    public async Task<IReadOnlyList<double>> QueryAsync(string expression)
    {
        using var answer = await GetAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}");
        if (answer.RootElement.GetProperty("status").GetString() != "success")
        {
            throw new InvalidOperationException($"{expression}: {answer.RootElement.GetProperty("error").GetString()}");
        }

        var data = answer.RootElement.GetProperty("data");
        var result = data.GetProperty("result");
        return data.GetProperty("resultType").GetString() == "scalar"
            ? [ValueOf(result)]
            : [.. result.EnumerateArray().Select(sample => ValueOf(sample.GetProperty("value")))];
    }

    /// <summary>The labels of all series of a job, the name under <c>__name__</c>.</summary>
    public async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> SeriesAsync(string job)
    {
        using var answer = await GetAsync($"/api/v1/series?match[]={Uri.EscapeDataString($"{{job=\"{job}\"}}")}");
        return
        [
            .. answer.RootElement.GetProperty("data").EnumerateArray()
                .Select(series => series.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!)),
        ];
    }

    /// <summary>The rules that could be evaluated, and those that could not, with why.</summary>
    public async Task<IReadOnlyList<(string Name, string Health, string Error)>> RulesAsync()
    {
        using var answer = await GetAsync("/api/v1/rules");
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
                .SelectMany(group => group.GetProperty("rules").EnumerateArray())
                .Select(rule => (
                    rule.GetProperty("name").GetString()!,
                    rule.GetProperty("health").GetString()!,
                    rule.TryGetProperty("lastError", out var error) ? error.GetString()! : "")),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        await _guard.DisposeAsync();
        _folder.Dispose();
    }

    private static double ValueOf(JsonElement timeAndValue) => timeAndValue[1].GetString() switch
    {
        "NaN" => double.NaN,
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        var text => double.Parse(text!, CultureInfo.InvariantCulture),
    };

    private static string ConfigurationOf(IReadOnlyDictionary<string, IReadOnlyList<string>> targets, string ruleFile)
    {
        var jobs = targets.Select(job => $"""
              - job_name: {job.Key}
                static_configs:
                  - targets: [{string.Join(", ", job.Value.Select(target => $"'{target}'"))}]
            """);
        return $"""
            global:
              scrape_interval: 1s
              evaluation_interval: 1s
            rule_files: ['{ruleFile}']
            scrape_configs:
            {string.Join('\n', jobs)}

            """;
    }

    private async Task<JsonDocument> GetAsync(string path)
    {
        using var response = await _client.GetAsync(new Uri(path, UriKind.Relative));
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync());
    }

    private async Task<bool> IsReadyAsync()
    {
        if (_process!.HasExited)
        {
            throw new InvalidOperationException($"Prometheus has ended. Its output:\n{_process.Output}");
        }

        try
        {
            using var response = await _client.GetAsync(new Uri("/-/ready", UriKind.Relative));
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
