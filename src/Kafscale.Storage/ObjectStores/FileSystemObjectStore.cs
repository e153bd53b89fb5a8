using System.Buffers;

namespace Kafscale.Storage.ObjectStores;

/// <summary>
/// Objects as files below one folder, for a single machine: durable, and atomic also between processes that share the folder.
/// </summary>
/// <remarks>
/// <para>An object is written to a staging folder on the same file system, flushed, and then gets its name by a rename or a
/// link; then its folder is flushed. So a crash at any point leaves the old object, the new one, or none, never a part.</para>
/// <para>Data is read and written by asynchronous calls. Opening, naming, flushing and listing have none in the operating
/// system; they block the thread that they run on, which for a put is a pool thread by then.</para>
/// <para>Nothing outside of the folder is touched. The file system must know hard links and tell upper from lower case.</para>
/// </remarks>
public sealed class FileSystemObjectStore : IObjectStore, IDisposable
{
    /// <summary>How often a put creates its folder anew because deletes removed it in between.</summary>
    private const int MaxPublishAttempts = 100;

    private const string StagingFolderName = "~staging";

    private readonly string _root;
    private readonly StagingFolder _staging;
    private readonly DurableFolders _folders;

    private FileSystemObjectStore(string root, StagingFolder staging)
    {
        _root = root;
        _staging = staging;
        _folders = new DurableFolders(root);
    }

    /// <summary>Opens a store, creates its folder where it is missing, and removes what crashed writers left behind.</summary>
    /// <param name="rootFolder">The folder that holds the objects and nothing else.</param>
    /// <param name="timeProvider">Times the wait for another process that is opening the same folder.</param>
    /// <param name="cancellationToken">Gives up opening.</param>
    /// <exception cref="IOException">The folder cannot be created or used.</exception>
    public static async ValueTask<FileSystemObjectStore> OpenAsync(
        string rootFolder, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(rootFolder);
        var root = Path.GetFullPath(rootFolder);
        try
        {
            Directory.CreateDirectory(root);
            var staging = await StagingFolder.OpenAsync(Path.Combine(root, StagingFolderName), timeProvider, cancellationToken);
            return new FileSystemObjectStore(root, staging);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot open the object folder '{root}': {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        cancellationToken.ThrowIfCancellationRequested();
        var relativePath = ObjectPath.OfKey(key);
        var path = Path.Combine(_root, relativePath);
        var folder = Path.GetDirectoryName(relativePath) ?? "";
        try
        {
            var published = false;
            if (condition == PutCondition.None || !File.Exists(path))
            {
                var temporaryPath = _staging.NextFilePath();
                try
                {
                    await WriteDurablyAsync(temporaryPath, body, cancellationToken);
                    published = Publish(temporaryPath, path, folder, condition);
                }
                finally
                {
                    if (!published)
                        File.Delete(temporaryPath);
                }
            }

            // Also by the one who lost: the winner may not have come so far yet, and the loser goes on to rely on the object.
            FlushFolderUnlessGone(folder);
            if (!published)
                throw new ObjectAlreadyExistsException(key);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot write the object '{key}' to '{path}': {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        cancellationToken.ThrowIfCancellationRequested();
        var path = PathOf(key);
        try
        {
            using var file = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
            var total = 0;
            while (total < destination.Length)
            {
                var read = await RandomAccess.ReadAsync(file, destination[total..], offset + total, cancellationToken);
                if (read == 0)
                    break;
                total += read;
            }

            return total;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ObjectNotFoundException(key, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot read the object '{key}' from '{path}': {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ObjectProperties?>(cancellationToken);
        try
        {
            return ValueTask.FromResult(FileListing.PropertiesOf(PathOf(key), key));
        }
        catch (IOException exception)
        {
            return ValueTask.FromException<ObjectProperties?>(exception);
        }
    }

    /// <inheritdoc/>
    /// <remarks>A folder's names are read when the listing gets to it; memory grows with the largest folder, not with the store.</remarks>
    public IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        return new FileListing(_root, prefix, startAfter).EnumerateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">A file cannot be deleted.</exception>
    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        DeleteLimit.Check(keys);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        try
        {
            Delete(keys);
            return ValueTask.CompletedTask;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ValueTask.FromException(new IOException($"Cannot delete objects from '{_root}': {exception.Message}", exception));
        }
    }

    /// <summary>Gives the staging folder back; the objects stay.</summary>
    public void Dispose() => _staging.Dispose();

    private static async ValueTask WriteDurablyAsync(string path, ReadOnlySequence<byte> body, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous);
        if (body.IsSingleSegment)
            await RandomAccess.WriteAsync(file, body.First, fileOffset: 0, cancellationToken);
        else
            await RandomAccess.WriteAsync(file, NonEmptySegmentsOf(body), fileOffset: 0, cancellationToken);
        RandomAccess.FlushToDisk(file);
    }

    private static List<ReadOnlyMemory<byte>> NonEmptySegmentsOf(ReadOnlySequence<byte> body)
    {
        var segments = new List<ReadOnlyMemory<byte>>();
        foreach (var segment in body)
        {
            if (!segment.IsEmpty)
                segments.Add(segment);
        }

        return segments;
    }

    private string PathOf(string key) => Path.Combine(_root, ObjectPath.OfKey(key));

    private bool Publish(string temporaryPath, string path, string folder, PutCondition condition)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                _folders.Ensure(folder);
                if (condition == PutCondition.IfNoneMatch)
                    return DurableFiles.TryPublishNew(temporaryPath, path);
                File.Move(temporaryPath, path, overwrite: true);
                return true;
            }
            catch (Exception exception) when (
                exception is DirectoryNotFoundException or FileNotFoundException && attempt < MaxPublishAttempts && File.Exists(temporaryPath))
            {
                // A concurrent delete removed the folder, or a parent, because it was empty.
                _folders.Forget(folder);
            }
        }
    }

    private void Delete(IReadOnlyList<string> keys)
    {
        var touchedFolders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var relativePath = ObjectPath.OfKey(key);
            try
            {
                File.Delete(Path.Combine(_root, relativePath));
            }
            catch (DirectoryNotFoundException)
            {
                // Then there is no such object either.
            }

            touchedFolders.Add(Path.GetDirectoryName(relativePath) ?? "");
        }

        var remainingFolders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var folder in touchedFolders)
            remainingFolders.Add(_folders.RemoveWhileEmpty(folder));
        foreach (var folder in remainingFolders)
            FlushFolderUnlessGone(folder);
    }

    /// <summary>Makes the names in a folder durable, and the folder's own.</summary>
    private void FlushFolderUnlessGone(string folder)
    {
        try
        {
            _folders.FlushExisting(folder);
        }
        catch (DirectoryNotFoundException)
        {
            // Deleted since, with everything in it, by somebody who flushes the parent.
        }
    }
}
