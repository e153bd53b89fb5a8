namespace Kafscale.Storage;

/// <summary>An object's bytes are not what its format asks for.</summary>
/// <param name="key">The object's key, or what else it is called.</param>
/// <param name="position">Where in the object, in bytes from its start.</param>
/// <param name="problem">What is wrong there; a sentence with its full stop.</param>
public sealed class CorruptObjectException(string key, long position, string problem)
    : Exception($"The object '{key}' is corrupt at byte {position}: {problem}")
{
    /// <summary>The object's key, or what else it is called.</summary>
    public string Key { get; } = key;

    /// <summary>Where in the object, in bytes from its start.</summary>
    public long Position { get; } = position;
}
