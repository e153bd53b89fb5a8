namespace Kafscale.Protocol;

/// <summary>A value was set that the version of the message to be written cannot carry.</summary>
public sealed class UnsupportedVersionException : Exception
{
    public UnsupportedVersionException(string message)
        : base(message)
    {
    }

    internal static UnsupportedVersionException NotInVersion(string field, short version) =>
        new($"{field} is set, and version {version} does not have it.");

    internal static UnsupportedVersionException NullNotInVersion(string field, short version) =>
        new($"{field} is null, and cannot be in version {version}.");
}
