using System.Globalization;

namespace Kafscale.Testing;

/// <summary>
/// A file system of its own, in memory, that can be full or read-only. Only commands that are run on it see it; it needs no rights,
/// but a system that lets a user have namespaces of his own.
/// </summary>
/// <remarks>Commands on it are stopped by permissions of files, also where the tests are run by root.</remarks>
public sealed class SmallDisk : IAsyncDisposable
{
    private const string MountAndWait = "mount -t tmpfs -o size=$2 kafscale \"$1\" && echo mounted && exec sleep 3600";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder _folder;
    private readonly RunningProcess _holder;

    private SmallDisk(TemporaryFolder folder, RunningProcess holder)
    {
        _folder = folder;
        _holder = holder;
    }

    /// <summary>Where it is mounted, for commands that are run on it.</summary>
    public string Path => _folder.Path;

    // The same place, as it is seen from outside.
    private string SeenPath => $"/proc/{_holder.Id}/root{Path}";

    private string Ballast => System.IO.Path.Combine(SeenPath, "ballast");

    /// <summary>Makes a disk.</summary>
    /// <returns>The disk; null where the system does not allow one, or is not Linux.</returns>
    public static async Task<SmallDisk?> TryCreateAsync(long bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var folder = new TemporaryFolder();
        var holder = RunningProcess.Start(
            "unshare",
            ["--user", "--map-root-user", "--mount", "sh", "-c", MountAndWait, "disk", folder.Path, bytes.ToString(CultureInfo.InvariantCulture)]);
        using var deadline = new CancellationTokenSource(Patience);
        if (await holder.ReadStandardOutputLineAsync(deadline.Token) is not null)
        {
            return new SmallDisk(folder, holder);
        }

        await holder.DisposeAsync();
        folder.Dispose();
        return null;
    }

    /// <summary>What to run so that a command sees the disk.</summary>
    public (string FileName, IReadOnlyList<string> Arguments) Command(string fileName, IEnumerable<string> arguments) =>
        (
            "nsenter",
            [
                "--target", $"{_holder.Id}", "--user", "--mount", "--preserve-credentials",
                "setpriv", "--bounding-set=-dac_override,-dac_read_search", fileName, .. arguments,
            ]);

    /// <summary>Takes all room but some bytes.</summary>
    public void Fill(long leave = 0)
    {
        using var ballast = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            for (var room = new DriveInfo(SeenPath).AvailableFreeSpace - leave; room >= block.Length; room -= block.Length)
            {
                ballast.Write(block);
            }
        }
        catch (IOException)
        {
            // Others took room meanwhile; now there is none.
        }
    }

    /// <summary>Gives back what <see cref="Fill"/> has taken.</summary>
    public void Free() => File.Delete(Ballast);

    /// <summary>Lets nothing on the disk be changed, or everything again. Nobody may have a file on it open for writing.</summary>
    public Task SetReadOnlyAsync(bool isReadOnly) => RunAsync("mount", "-o", isReadOnly ? "remount,ro" : "remount,rw", Path);

    /// <summary>Runs a command that sees the disk to its end, which must be a good one.</summary>
    public async Task RunAsync(string command, params string[] arguments)
    {
        var (fileName, wrapped) = Command(command, arguments);
        var (exitCode, output) = await RunningProcess.RunAsync(fileName, wrapped, Patience);
        if (exitCode != 0)
        {
            throw new InvalidOperationException(output);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _holder.DisposeAsync();
        _folder.Dispose();
    }
}
