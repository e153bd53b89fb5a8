namespace Kafscale.Storage.ObjectStores;

/// <summary>Creates and removes the folders below a root, and knows which of them would survive a crash.</summary>
/// <remarks>
/// A folder that exists need not be durable: whoever created it may not have flushed its parent yet. So a folder counts
/// as durable only once this process has flushed its parent. Creation and removal exclude each other by a lock that is held over
/// the flush, because both are rare.
/// </remarks>
internal sealed class DurableFolders(string root)
{
    /// <summary>How many folders are remembered; beyond it all are forgotten, which costs a flush each.</summary>
    private const int MaxRemembered = 100_000;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _durable = new(StringComparer.Ordinal);

    /// <summary>Creates the folder and its parents as far as they are missing, durably.</summary>
    /// <param name="relativePath">Below the root; empty for the root itself, which always exists.</param>
    public void Ensure(string relativePath)
    {
        if (relativePath.Length == 0)
            return;
        lock (_lock)
        {
            EnsureLocked(relativePath, create: true);
        }
    }

    /// <summary>Flushes a folder that exists, and its parents as far as they may not be durable yet.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public void FlushExisting(string relativePath)
    {
        DurableFiles.FlushFolder(Path.Combine(root, relativePath));
        lock (_lock)
        {
            EnsureLocked(relativePath, create: false);
        }
    }

    /// <summary>Forgets a folder that turned out to be gone, with its parents.</summary>
    public void Forget(string relativePath)
    {
        lock (_lock)
        {
            for (; relativePath.Length > 0; relativePath = ParentOf(relativePath))
                _durable.Remove(relativePath);
        }
    }

    /// <summary>Removes the folder and its parents as far as they are empty.</summary>
    /// <returns>The first folder that stays.</returns>
    public string RemoveWhileEmpty(string relativePath)
    {
        lock (_lock)
        {
            for (; relativePath.Length > 0; relativePath = ParentOf(relativePath))
            {
                try
                {
                    // Not recursive: the file system itself refuses where a concurrent put came first.
                    Directory.Delete(Path.Combine(root, relativePath));
                }
                catch (DirectoryNotFoundException)
                {
                }
                catch (IOException)
                {
                    return relativePath;
                }

                _durable.Remove(relativePath);
            }

            return "";
        }
    }

    private static string ParentOf(string relativePath) => Path.GetDirectoryName(relativePath) ?? "";

    private void EnsureLocked(string relativePath, bool create)
    {
        if (relativePath.Length == 0 || _durable.Contains(relativePath))
            return;
        var parent = ParentOf(relativePath);
        EnsureLocked(parent, create);
        if (create)
            DurableFiles.CreateFolder(Path.Combine(root, relativePath));
        DurableFiles.FlushFolder(Path.Combine(root, parent));
        if (_durable.Count >= MaxRemembered)
            _durable.Clear();
        _durable.Add(relativePath);
    }
}
