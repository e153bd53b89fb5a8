using System.IO.Enumeration;
using System.Runtime.CompilerServices;

namespace Kafscale.Storage.ObjectStores;

/// <summary>One listing of a <see cref="FileSystemObjectStore"/>: walks folders lazily in the order of the keys.</summary>
internal sealed class FileListing(string root, string prefix, string? startAfter)
{
    // Symbolic links could lead out of the root or in circles; the store itself never makes one.
    private static readonly EnumerationOptions EntryOptions = new()
    {
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = false,
        RecurseSubdirectories = false,
    };

    /// <exception cref="IOException">It cannot be told whether there is such a file.</exception>
    public static ObjectProperties? PropertiesOf(string path, string key)
    {
        try
        {
            // Not by FileInfo.Exists, which takes every error for an absence.
            var file = new FileInfo(path);
            return new ObjectProperties(key, file.Length, file.LastWriteTimeUtc);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Cannot look at the object '{key}' in '{path}': {exception.Message}", exception);
        }
    }

    public async IAsyncEnumerable<ObjectProperties> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var folderPrefix = prefix[..(prefix.LastIndexOf('/') + 1)];
        if (!IsFolderPrefix(folderPrefix))
            yield break;
        var pending = new Stack<string>();
        PushEntries(folderPrefix, pending);
        while (pending.TryPop(out var entry))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.EndsWith('/'))
                PushEntries(entry, pending);
            else if (PropertiesOf(Path.Combine(root, ObjectPath.OfKey(entry)), entry) is { } properties)
                yield return properties;
        }

        await ValueTask.CompletedTask;
    }

    private static bool IsFolderPrefix(string folderPrefix)
    {
        if (folderPrefix.Length == 0)
            return true;
        var parts = folderPrefix.AsSpan(0, folderPrefix.Length - 1);
        foreach (var range in parts.Split('/'))
        {
            if (!ObjectKey.IsValidPart(parts[range]))
                return false;
        }

        return true;
    }

    /// <summary>
    /// Pushes what lies in a folder, the smallest on top: keys of files, and prefixes of folders with a slash at the end.
    /// </summary>
    /// <remarks>
    /// With the slash, the byte order of these strings is the order of the keys: 'a-b' before 'a/...' before 'a0'.
    /// </remarks>
    private void PushEntries(string folderPrefix, Stack<string> pending)
    {
        var entries = new List<string>();
        try
        {
            var found = new FileSystemEnumerable<string?>(
                Path.Combine(root, ObjectPath.OfFolder(folderPrefix)),
                (ref FileSystemEntry entry) => KeyOf(folderPrefix, ref entry),
                EntryOptions);
            foreach (var entry in found)
            {
                if (entry is not null && IsWanted(entry))
                    entries.Add(entry);
            }
        }
        catch (DirectoryNotFoundException)
        {
            return;
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new IOException($"Cannot list the objects below '{folderPrefix}' in '{root}': {exception.Message}", exception);
        }

        entries.Sort(StringComparer.Ordinal);
        for (var i = entries.Count - 1; i >= 0; i--)
            pending.Push(entries[i]);
    }

    private static string? KeyOf(string folderPrefix, ref FileSystemEntry entry)
    {
        var isFolder = entry.IsDirectory;
        return ObjectPath.PartOf(entry.FileName, isFolder) is { } part ? folderPrefix + part + (isFolder ? "/" : "") : null;
    }

    private bool IsWanted(string entry)
    {
        var isFolder = entry.EndsWith('/');
        if (!entry.StartsWith(prefix, StringComparison.Ordinal) && !(isFolder && prefix.StartsWith(entry, StringComparison.Ordinal)))
            return false;
        return startAfter is null
            || string.CompareOrdinal(entry, startAfter) > 0
            || (isFolder && startAfter.StartsWith(entry, StringComparison.Ordinal));
    }
}
