namespace Kafscale.Metadata.Revisions;

/// <summary>The order of keys: that of their UTF-8 bytes.</summary>
internal sealed class KeyOrder : IComparer<MetadataEntry>
{
    public static readonly KeyOrder Instance = new();

    public int Compare(MetadataEntry? x, MetadataEntry? y) => Compare(x!.Key, y!.Key);

    public static int Compare(string x, string y)
    {
        var common = x.AsSpan().CommonPrefixLength(y);
        if (common == x.Length || common == y.Length)
        {
            return x.Length.CompareTo(y.Length);
        }

        // UTF-16 units sort like UTF-8 bytes, except that surrogates stand below U+E000 but encode what lies above U+FFFF.
        var (left, right) = (x[common], y[common]);
        var leftIsSurrogate = char.IsSurrogate(left);
        if (leftIsSurrogate != char.IsSurrogate(right))
        {
            return leftIsSurrogate ? 1 : -1;
        }

        return left.CompareTo(right);
    }
}
