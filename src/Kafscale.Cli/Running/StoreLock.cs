namespace Kafscale.Cli.Running;

/// <summary>
/// Keeps a second process off a store on this machine. The system drops the lock with the process, however it ends.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private readonly string _storePath;
    private readonly string _lockPath;
    private readonly FileStream _file;

    private StoreLock(string storePath, string lockPath, FileStream file)
    {
        _storePath = storePath;
        _lockPath = lockPath;
        _file = file;
    }

    /// <summary>
    /// What of the store is not in its place any more, or null. Who has it open goes on with files that have no name, and loses them.
    /// </summary>
    public string? FindMissing() =>
        !File.Exists(_lockPath) ? _lockPath
        : !File.Exists(_storePath) && !Directory.Exists(_storePath) ? _storePath
        : null;

    /// <summary>Takes the lock of a store, and creates the folder that it lies in.</summary>
    /// <param name="storePath">The store's file or folder; the lock is a file beside it.</param>
    /// <param name="isShared">Whether others that share it may have it too.</param>
    /// <exception cref="StartFailedException">Another process has it, or the folder cannot be written.</exception>
    public static StoreLock Take(string storePath, bool isShared = false)
    {
        var lockPath = Path.GetFullPath(storePath).TrimEnd('/') + ".lock";
        var folder = Path.GetDirectoryName(lockPath)!;
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"the folder {folder} cannot be created: {e.Message}", e);
        }

        try
        {
            return new StoreLock(
                Path.GetFullPath(storePath),
                lockPath,
                isShared
                    ? new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read)
                    : new FileStream(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartFailedException($"the folder {folder} cannot be written to: {e.Message}", e);
        }
        catch (IOException e) when (IsHeldByAnotherProcess(e))
        {
            throw new StartFailedException(
                $"{storePath} is in use by another Kafscale process{NameHolders(lockPath)}, which holds {lockPath}. "
                + "Stop that one, or give this one a place of its own.",
                e);
        }
        catch (IOException e)
        {
            throw new StartFailedException($"{lockPath} cannot be written: {e.Message}", e);
        }
    }

    // The file is left: to remove it would take the lock from under whoever opens it at this moment.
    public void Dispose() => _file.Dispose();

    private static string NameHolders(string lockPath) => FileHolders.Find(lockPath) switch
    {
        [] => "",
        [var only] => $" (process {only})",
        var several => $" (processes {string.Join(", ", several)})",
    };

    // EWOULDBLOCK of flock, on Linux and on macOS.
    private static bool IsHeldByAnotherProcess(IOException e) => e.HResult is 11 or 35;
}
