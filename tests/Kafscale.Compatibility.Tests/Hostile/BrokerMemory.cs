using System.Globalization;

namespace Kafscale.Compatibility.Tests.Hostile;

/// <summary>What the broker's process takes of the machine's memory.</summary>
internal static class BrokerMemory
{
    public const long Mebibyte = 1 << 20;

    /// <summary>The resident bytes of a process.</summary>
    public static long ResidentBytes(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Asserts that the process has not grown by more than a limit.</summary>
    public static void AssertGrowthBelow(long limitBytes, long residentBytesBefore, int processId)
    {
        var growth = ResidentBytes(processId) - residentBytesBefore;
        Assert.True(growth < limitBytes, $"The broker has grown by {growth / Mebibyte} MiB, from {residentBytesBefore / Mebibyte} MiB.");
    }
}
