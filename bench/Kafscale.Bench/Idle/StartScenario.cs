using System.Globalization;
using System.Text;
using Kafscale.Bench.Suite;
using Kafscale.Testing;

namespace Kafscale.Bench.Idle;

/// <summary>How long a broker takes from the start of its process until it says that it is ready.</summary>
internal static class StartScenario
{
    public const string Command = "start";
    public const string CountOption = "--starts";
    public const int DefaultStarts = 10;

    public const string Usage =
        """
        usage: bench/run start [--starts N]

          --starts N   of each kind (default 10)
        """;

    private const string InMemory = "in memory";
    private const string FirstStart = "on a new folder";
    private const string NextStart = "on the same folder again";

    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAsync(CountOptions options)
    {
        var durations = new List<(string Kind, double Ms)>();
        for (var i = 0; i < options.Count; i++)
        {
            await using (var inMemory = await BrokerProcess.StartDevAsync([BrokerProcess.InMemoryArgument]))
            {
                durations.Add((InMemory, inMemory.StartDuration.TotalMilliseconds));
            }

            await using var onFiles = await BrokerProcess.StartDevAsync();
            durations.Add((FirstStart, onFiles.StartDuration.TotalMilliseconds));
            await onFiles.StopAsync();
            await onFiles.StartAsync();
            durations.Add((NextStart, onFiles.StartDuration.TotalMilliseconds));
        }

        var table = new StringBuilder("| Start to ready | median ms | min ms | max ms |\n|---|---:|---:|---:|\n");
        foreach (var kind in durations.GroupBy(duration => duration.Kind, duration => duration.Ms))
        {
            table.Append(CultureInfo.InvariantCulture, $"| {kind.Key} | {Comparison.Median(kind):0} | {kind.Min():0} | {kind.Max():0} |\n");
        }

        return table.ToString();
    }
}
