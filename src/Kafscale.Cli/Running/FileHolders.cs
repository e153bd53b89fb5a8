using System.Globalization;

namespace Kafscale.Cli.Running;

/// <summary>Which processes have a file open, where the system tells (Linux, processes of the same user, or of any for root).</summary>
internal static class FileHolders
{
    private const string Processes = "/proc";

    /// <summary>The ids of other processes that have a file open, without those that cannot be looked into.</summary>
    /// <param name="path">The full path. Where it leads through symbolic links, nobody is found.</param>
    public static IReadOnlyList<int> Find(string path)
    {
        var holders = new List<int>();
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Processes))
        {
            return holders;
        }

        foreach (var process in Directory.EnumerateDirectories(Processes))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
                && id != Environment.ProcessId && HasOpen(process, path))
            {
                holders.Add(id);
            }
        }

        return holders;
    }

    private static bool HasOpen(string process, string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd")).Any(descriptor => new FileInfo(descriptor).LinkTarget == path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Ended meanwhile, or somebody else's.
            return false;
        }
    }
}
