namespace Kafscale.Storage.ObjectStores;

/// <summary>
/// Maps keys to paths below a folder and back, one to one, so that the keys <c>a</c> and <c>a/b</c> can exist together.
/// </summary>
/// <remarks>
/// A file's name has a dot and a folder's has none, as most already do; a part for which that is not so gets a tilde at
/// its end, which no key contains. So <c>default/orders/0/segment-7.kfs</c> is exactly that path, and the folder of a
/// topic <c>my.topic</c> is <c>my.topic~</c>.
/// </remarks>
internal static class ObjectPath
{
    /// <summary>Marks what is not as its dot tells, and everything that is not an object.</summary>
    public const char Mark = '~';

    public static string FileName(ReadOnlySpan<char> part) => part.Contains('.') ? part.ToString() : $"{part}{Mark}";

    public static string FolderName(ReadOnlySpan<char> part) => part.Contains('.') ? $"{part}{Mark}" : part.ToString();

    /// <summary>The path of the key's file below the root.</summary>
    public static string OfKey(string key)
    {
        var lastSlash = key.LastIndexOf('/');
        return Path.Combine(OfFolder(key.AsSpan(0, lastSlash + 1)), FileName(key.AsSpan(lastSlash + 1)));
    }

    /// <summary>The path below the root of the folder of all keys that begin with <paramref name="keyPrefix"/>, which ends with a slash or is empty.</summary>
    public static string OfFolder(ReadOnlySpan<char> keyPrefix)
    {
        if (keyPrefix.IsEmpty)
            return "";
        var path = new System.Text.StringBuilder(keyPrefix.Length + 8);
        keyPrefix = keyPrefix[..^1];
        foreach (var range in keyPrefix.Split('/'))
        {
            if (path.Length > 0)
                path.Append(Path.DirectorySeparatorChar);
            path.Append(FolderName(keyPrefix[range]));
        }

        return path.ToString();
    }

    /// <summary>The key's part that a directory entry stands for, or <see langword="null"/> where it stands for none.</summary>
    public static string? PartOf(ReadOnlySpan<char> entryName, bool isFolder)
    {
        var part = entryName.EndsWith(Mark) ? entryName[..^1] : entryName;
        if (!ObjectKey.IsValidPart(part))
            return null;
        var isMarked = part.Length < entryName.Length;
        return isMarked == (part.Contains('.') == isFolder) ? part.ToString() : null;
    }
}
