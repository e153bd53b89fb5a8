using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Kafscale.Storage.ObjectStores;

/// <summary>The file system calls that durable, exclusive publishing needs and the class library lacks.</summary>
/// <remarks>Windows has no flush for folders, and moving a file without replacing is exclusive there by itself.</remarks>
internal static partial class DurableFiles
{
    private const int FileExistsError = 17;
    private const int NoSuchFileError = 2;

    /// <summary>Everything for everybody, of which the process's umask takes its part away.</summary>
    private const uint FolderMode = 0b111_111_111;

    /// <summary>Gives a finished file its name; <see langword="false"/> where the name is taken.</summary>
    /// <remarks>A link, because of any number of processes that try it exactly one succeeds.</remarks>
    /// <exception cref="DirectoryNotFoundException">The folder of <paramref name="path"/> does not exist.</exception>
    public static bool TryPublishNew(string temporaryPath, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            try
            {
                File.Move(temporaryPath, path, overwrite: false);
                return true;
            }
            catch (IOException) when (File.Exists(path))
            {
                return false;
            }
        }

        if (Link(temporaryPath, path) == 0)
        {
            File.Delete(temporaryPath);
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error switch
        {
            FileExistsError => false,
            NoSuchFileError => throw new DirectoryNotFoundException($"The folder of '{path}' does not exist."),
            _ => throw new IOException($"Cannot link '{path}': {Marshal.GetPInvokeErrorMessage(error)}.", error),
        };
    }

    /// <summary>Creates a folder in one that exists, or finds it there.</summary>
    /// <remarks>
    /// The class library's own method looks whether the folder is there after it found the name taken, and
    /// takes a folder that was removed in between for a file in the way.
    /// </remarks>
    /// <exception cref="DirectoryNotFoundException">The parent does not exist.</exception>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        if (MakeDirectory(path, FolderMode) == 0)
            return;
        var error = Marshal.GetLastPInvokeError();
        if (error == NoSuchFileError)
            throw new DirectoryNotFoundException($"The parent of the folder '{path}' does not exist.");
        if (error != FileExistsError)
            throw new IOException($"Cannot create the folder '{path}': {Marshal.GetPInvokeErrorMessage(error)}.", error);
        if (File.Exists(path))
            throw new IOException($"Cannot create the folder '{path}': there is a file of that name.", error);
    }

    /// <summary>Makes the names in a folder durable.</summary>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = Open(path, flags: 0);
        if (folder.IsInvalid)
            throw FolderError(path);
        if (Flush(folder) != 0)
            throw FolderError(path);
    }

    private static IOException FolderError(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return error == NoSuchFileError
            ? new DirectoryNotFoundException($"The folder '{path}' does not exist.")
            : new IOException($"Cannot flush the folder '{path}': {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string existingPath, string newPath);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeDirectory(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(SafeFileHandle file);
}
