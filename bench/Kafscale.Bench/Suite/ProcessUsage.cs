using System.Globalization;

namespace Kafscale.Bench.Suite;

/// <summary>What a process has used since its start, as Linux tells.</summary>
internal sealed record ProcessUsage
{
    // USER_HZ, which Linux fixes for what it tells in /proc.
    private const double TicksPerSecond = 100;

    private const int UserTicksField = 11;
    private const int SystemTicksField = 12;
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    public required double UserSeconds { get; init; }

    public required double SystemSeconds { get; init; }

    public required double ResidentMib { get; init; }

    public required double PeakResidentMib { get; init; }

    public double ProcessorSeconds => UserSeconds + SystemSeconds;

    public static ProcessUsage Read(int processId)
    {
        var stat = File.ReadAllText($"/proc/{processId}/stat");

        // The name of the process, in parentheses, may itself contain spaces.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var status = File.ReadAllLines($"/proc/{processId}/status");
        return new ProcessUsage
        {
            UserSeconds = Number(fields[UserTicksField]) / TicksPerSecond,
            SystemSeconds = Number(fields[SystemTicksField]) / TicksPerSecond,
            ResidentMib = Mib("VmRSS:"),
            PeakResidentMib = Mib("VmHWM:"),
        };

        double Mib(string name) =>
            Number(status.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
    }

    /// <summary>Waits until a process does nothing more by itself, or for a quarter of a minute.</summary>
    public static async Task WaitUntilQuietAsync(int processId)
    {
        var before = Read(processId).ProcessorSeconds;
        for (var waited = TimeSpan.Zero; waited < LongestWait; waited += QuietTime)
        {
            await Task.Delay(QuietTime);
            var after = Read(processId).ProcessorSeconds;
            if (after - before < 2 / TicksPerSecond)
            {
                return;
            }

            before = after;
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
