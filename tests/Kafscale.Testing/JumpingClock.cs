using System.Globalization;

namespace Kafscale.Testing;

/// <summary>
/// The wall clock of one process, which can be set while it runs, as by an administrator or by NTP. The monotonic clock goes on as it did.
/// </summary>
/// <remarks>It is libfaketime, which the process loads before its own libraries.</remarks>
public sealed class JumpingClock : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _offsetFile;

    /// <summary>A clock that is right.</summary>
    public JumpingClock()
    {
        _offsetFile = _folder.File("offset");
        Set(TimeSpan.Zero);
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = FindLibrary(),
            ["FAKETIME_TIMESTAMP_FILE"] = _offsetFile,
            ["FAKETIME_CACHE_DURATION"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            ["DONT_FAKE_MONOTONIC"] = "1",
        };
    }

    /// <summary>What the process has to be started with.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>Has the clock jump; the process sees it within a second or two.</summary>
    /// <param name="offset">What the clock is ahead of the right time from now on.</param>
    public void Set(TimeSpan offset)
    {
        // In one step, so that nobody reads half of it.
        var next = _offsetFile + ".next";
        File.WriteAllText(next, ((long)offset.TotalSeconds).ToString("+0;-0;+0", CultureInfo.InvariantCulture));
        File.Move(next, _offsetFile, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static string FindLibrary() =>
        Directory.EnumerateDirectories("/usr/lib", "faketime", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 })
            .Select(folder => Path.Combine(folder, "libfaketime.so.1"))
            .FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException("libfaketime is not installed (apt-get install libfaketime).");
}
