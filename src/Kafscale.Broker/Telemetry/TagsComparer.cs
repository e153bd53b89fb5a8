namespace Kafscale.Broker.Telemetry;

/// <summary>Compares tags by their names and values in the order given, so that a span of them finds its series.</summary>
internal sealed class TagsComparer
    : IEqualityComparer<KeyValuePair<string, object?>[]>,
      IAlternateEqualityComparer<ReadOnlySpan<KeyValuePair<string, object?>>, KeyValuePair<string, object?>[]>
{
    public static TagsComparer Instance { get; } = new();

    public bool Equals(KeyValuePair<string, object?>[]? left, KeyValuePair<string, object?>[]? right) =>
        left is null ? right is null : right is not null && Equals(left.AsSpan(), right);

    public bool Equals(ReadOnlySpan<KeyValuePair<string, object?>> alternate, KeyValuePair<string, object?>[] other)
    {
        if (alternate.Length != other.Length)
        {
            return false;
        }

        for (var i = 0; i < other.Length; i++)
        {
            if (alternate[i].Key != other[i].Key || !Equals(alternate[i].Value, other[i].Value))
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(KeyValuePair<string, object?>[] tags) => GetHashCode(tags.AsSpan());

    public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> alternate)
    {
        var hash = new HashCode();
        foreach (var (name, value) in alternate)
        {
            hash.Add(name);
            hash.Add(value);
        }

        return hash.ToHashCode();
    }

    public KeyValuePair<string, object?>[] Create(ReadOnlySpan<KeyValuePair<string, object?>> alternate) => alternate.ToArray();
}
