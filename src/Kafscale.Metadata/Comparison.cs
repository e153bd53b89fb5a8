namespace Kafscale.Metadata;

/// <summary>A condition on one key; a key that does not exist has both revisions 0.</summary>
/// <param name="Key">The key.</param>
/// <param name="Target">Which of its properties.</param>
/// <param name="Revision">What it must be equal to; used by the revision targets.</param>
/// <param name="Value">What it must be equal to; used by <see cref="ComparisonTarget.Value"/>; a missing key equals no value.</param>
public readonly record struct Comparison(string Key, ComparisonTarget Target, long Revision, ReadOnlyMemory<byte> Value)
{
    /// <summary>The key exists with exactly this create revision; 0: it does not exist.</summary>
    public static Comparison CreateRevision(string key, long revision) => new(key, ComparisonTarget.CreateRevision, revision, default);

    /// <summary>The key was last changed at exactly this revision; 0: it does not exist.</summary>
    public static Comparison ModRevision(string key, long revision) => new(key, ComparisonTarget.ModRevision, revision, default);

    /// <summary>The key holds exactly these bytes.</summary>
    public static Comparison ValueEquals(string key, ReadOnlyMemory<byte> value) => new(key, ComparisonTarget.Value, 0, value);

    /// <summary>The key does not exist.</summary>
    public static Comparison Missing(string key) => CreateRevision(key, 0);
}
