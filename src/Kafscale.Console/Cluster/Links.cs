namespace Kafscale.Console.Cluster;

/// <summary>Addresses of pages.</summary>
internal static class Links
{
    public static string Topic(string topic) => $"/topics/{Uri.EscapeDataString(topic)}";

    public static string Topic(string topic, string tab) => $"{Topic(topic)}/{tab}";

    // A group's id may be anything, also with slashes.
    public static string Group(string group) => $"/groups/view?id={Uri.EscapeDataString(group)}";
}
