namespace Kafscale.Storage.ObjectStores;

/// <summary>A conditional put found its key taken.</summary>
public sealed class ObjectAlreadyExistsException(string key, Exception? innerException = null)
    : Exception($"The object '{key}' exists already.", innerException)
{
    /// <summary>The key that is taken.</summary>
    public string Key { get; } = key;
}
