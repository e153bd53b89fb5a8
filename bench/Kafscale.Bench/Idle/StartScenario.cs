using System.Globalization;
using System.Text;
using Kafscale.Bench.Suite;
using Kafscale.Testing;

namespace Kafscale.Bench.Idle;

/// <summary>How long a broker takes from the start of its process until it says that it is ready.</summary>
internal static class StartScenario
{
    public const string Command = "start";

    public const string Usage =
        """
        usage: bench/run start [--starts N] [--executable FILE]

          --starts N         of each kind (default 10)
          --executable FILE  another broker, such as the published one, in turn with the one that is built
        """;

    private const string InMemory = "in memory";
    private const string FirstStart = "on a new folder";
    private const string NextStart = "on the same folder again";

    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAsync(StartOptions options)
    {
        string?[] executables = options.Executable is { } other ? [null, other] : [null];
        var durations = new List<(string Kind, double Ms)>();
        for (var i = 0; i < options.Starts; i++)
        {
            foreach (var executable in executables)
            {
                await MeasureAsync(executable, durations);
            }
        }

        var table = new StringBuilder("| Start to ready | median ms | min ms | max ms |\n|---|---:|---:|---:|\n");
        foreach (var kind in durations.GroupBy(duration => duration.Kind, duration => duration.Ms))
        {
            table.Append(CultureInfo.InvariantCulture, $"| {kind.Key} | {Comparison.Median(kind):0} | {kind.Min():0} | {kind.Max():0} |\n");
        }

        return table.ToString();
    }

    private static async Task MeasureAsync(string? executable, List<(string Kind, double Ms)> durations)
    {
        var name = executable is null ? "" : $", {executable}";
        await using (var inMemory = await BrokerProcess.StartDevAsync([BrokerProcess.InMemoryArgument], executable: executable))
        {
            durations.Add((InMemory + name, inMemory.StartDuration.TotalMilliseconds));
        }

        await using var onFiles = await BrokerProcess.StartDevAsync(executable: executable);
        durations.Add((FirstStart + name, onFiles.StartDuration.TotalMilliseconds));
        await onFiles.StopAsync();
        await onFiles.StartAsync();
        durations.Add((NextStart + name, onFiles.StartDuration.TotalMilliseconds));
    }
}
