namespace Kafscale.Storage;

/// <summary>An object's bytes are of a version of its format that this release does not read.</summary>
/// <param name="key">The object's key, or what else it is called.</param>
/// <param name="found">The version that the object has.</param>
/// <param name="known">The version that is read.</param>
public sealed class UnsupportedVersionException(string key, string found, string known)
    : NotSupportedException(
        $"The object '{key}' has version {found} of its format; this release of Kafscale reads version {known}. Use the release that wrote it, or a later one.")
{
    /// <summary>The object's key, or what else it is called.</summary>
    public string Key { get; } = key;
}
