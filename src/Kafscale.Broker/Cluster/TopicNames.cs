namespace Kafscale.Broker.Cluster;

/// <summary>Which names a topic may have: they become part of object keys, so nothing else gets through.</summary>
internal static class TopicNames
{
    /// <summary>As in Kafka.</summary>
    public const int MaxLength = 249;

    /// <summary>What Kafka keeps in topics of these names, this broker keeps in the metadata store.</summary>
    private static readonly string[] Reserved = ["__consumer_offsets", "__transaction_state", "__share_group_state", "__cluster_metadata"];

    /// <summary>What is wrong with a name, in words for a person, or <see langword="null"/>.</summary>
    public static string? FindFault(string name)
    {
        if (name.Length == 0)
        {
            return "Topic name is invalid: the empty string is not allowed";
        }

        if (name is "." or "..")
        {
            return $"Topic name is invalid: '{name}' is not allowed";
        }

        if (name.Length > MaxLength)
        {
            return $"Topic name is invalid: the length of '{name[..32]}...' is longer than the max allowed length {MaxLength}";
        }

        foreach (var character in name)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('.' or '_' or '-'))
            {
                return $"Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
            }
        }

        return null;
    }

    public static bool IsReserved(string name) => Array.IndexOf(Reserved, name) >= 0;

    /// <summary>
    /// Kafka refuses names that differ in '.' and '_' only, because they are one name to its metrics: what two topics
    /// must not have in common, or <see langword="null"/> where the name has neither.
    /// </summary>
    public static string? CollisionKey(string name) => name.AsSpan().ContainsAny('.', '_') ? name.Replace('.', '_') : null;
}
