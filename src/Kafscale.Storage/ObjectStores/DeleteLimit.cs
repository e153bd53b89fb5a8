namespace Kafscale.Storage.ObjectStores;

/// <summary>What every store checks of a delete before it touches anything.</summary>
internal static class DeleteLimit
{
    /// <summary>The most keys of one delete; S3's limit.</summary>
    public const int MaxKeys = 1000;

    public static void Check(IReadOnlyList<string> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        if (keys.Count > MaxKeys)
            throw new ArgumentException($"One delete takes at most {MaxKeys} keys; this one has {keys.Count}.", nameof(keys));
        foreach (var key in keys)
            ObjectKey.Validate(key);
    }
}
