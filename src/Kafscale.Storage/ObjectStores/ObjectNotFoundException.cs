namespace Kafscale.Storage.ObjectStores;

/// <summary>There is no object under the key that was asked for.</summary>
public sealed class ObjectNotFoundException(string key, Exception? innerException = null)
    : Exception($"The object '{key}' does not exist.", innerException)
{
    /// <summary>The key that was asked for.</summary>
    public string Key { get; } = key;
}
