using System.Globalization;
using Kafscale.Operator.Resources;

namespace Kafscale.Operator.Topics;

/// <summary>The settings of a topic.</summary>
internal static class TopicConfig
{
    /// <summary>An object of the API server has room for so many.</summary>
    public const int MaxListedPartitions = 1000;

    private const string RetentionMs = "retention.ms";
    private const string RetentionBytes = "retention.bytes";

    /// <summary>Those that a resource says.</summary>
    public static Dictionary<string, string> Of(TopicSpec spec)
    {
        var config = new Dictionary<string, string>(spec.Config ?? []);
        if (spec.RetentionMs is { } retentionMs)
        {
            config[RetentionMs] = retentionMs.ToString(CultureInfo.InvariantCulture);
        }

        if (spec.RetentionBytes is { } retentionBytes)
        {
            config[RetentionBytes] = retentionBytes.ToString(CultureInfo.InvariantCulture);
        }

        return config;
    }

    /// <summary>What has to be set, and what, with null, to be taken back.</summary>
    /// <param name="wanted">What the resource says.</param>
    /// <param name="applied">What it has said before.</param>
    /// <param name="found">What the topic has.</param>
    public static Dictionary<string, string?> Changes(
        IReadOnlyDictionary<string, string> wanted, IReadOnlyList<string> applied, IReadOnlyDictionary<string, string> found)
    {
        var changes = new Dictionary<string, string?>();
        foreach (var (name, value) in wanted)
        {
            if (found.GetValueOrDefault(name) != value)
            {
                changes[name] = value;
            }
        }

        foreach (var name in applied)
        {
            if (!wanted.ContainsKey(name))
            {
                changes[name] = null;
            }
        }

        return changes;
    }
}
