using System.Globalization;

namespace Kafscale.Storage.ObjectStores;

/// <summary>Where one open store writes files before they get their names; nothing here is an object.</summary>
/// <remarks>
/// Every open store has a folder of its own and holds a lock on it, also across processes, which the operating system
/// gives back when the process ends in whatever way. So a folder whose lock is free belongs to nobody,
/// and what lies in it is left over from a crash.
/// </remarks>
internal sealed class StagingFolder : IDisposable
{
    private const string OwnerLockName = "owner.lock";

    private readonly FileStream _ownerLock;
    private readonly string _path;
    private long _filesNamed;

    private StagingFolder(string path, FileStream ownerLock)
    {
        _path = path;
        _ownerLock = ownerLock;
    }

    /// <summary>Takes a folder below <paramref name="stagingRoot"/>, and removes what crashed processes left there.</summary>
    public static async ValueTask<StagingFolder> OpenAsync(string stagingRoot, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(stagingRoot);
        await using var openingLock = await LockForOpeningAsync(stagingRoot, timeProvider, cancellationToken);
        StagingFolder? own = null;
        var highestNumber = 0;
        foreach (var path in Directory.EnumerateDirectories(stagingRoot))
        {
            if (!int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                continue;
            highestNumber = Math.Max(highestNumber, number);
            if (TryLock(Path.Combine(path, OwnerLockName)) is not { } abandonedLock)
                continue;
            foreach (var leftover in Directory.EnumerateFiles(path))
            {
                if (Path.GetFileName(leftover) != OwnerLockName)
                    File.Delete(leftover);
            }

            if (own is null)
                own = new StagingFolder(path, abandonedLock);
            else
                await abandonedLock.DisposeAsync();
        }

        if (own is not null)
            return own;
        var newPath = Path.Combine(stagingRoot, (highestNumber + 1).ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(newPath);
        var ownerLock = TryLock(Path.Combine(newPath, OwnerLockName))
            ?? throw new IOException($"Cannot lock the new folder '{newPath}'.");
        return new StagingFolder(newPath, ownerLock);
    }

    /// <summary>A path for a temporary file that nobody else uses.</summary>
    public string NextFilePath() =>
        Path.Combine(_path, Interlocked.Increment(ref _filesNamed).ToString(CultureInfo.InvariantCulture) + ".tmp");

    public void Dispose() => _ownerLock.Dispose();

    private static async ValueTask<FileStream> LockForOpeningAsync(string stagingRoot, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        const int Attempts = 200;
        var retryDelay = TimeSpan.FromMilliseconds(50);
        var path = Path.Combine(stagingRoot, "opening.lock");
        for (var attempt = 1; ; attempt++)
        {
            if (TryLock(path) is { } openingLock)
                return openingLock;
            if (attempt == Attempts)
                throw new IOException($"Another process has held '{path}' for {Attempts * retryDelay.TotalSeconds} s; stop it, or use another folder.");
            await Task.Delay(retryDelay, timeProvider, cancellationToken);
        }
    }

    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }
}
