using Kafscale.Console.Cluster;

namespace Kafscale.Console.Api;

/// <summary>A group in a list.</summary>
internal sealed record GroupView(string Id, string State, string Type, long? Lag, IReadOnlyDictionary<string, long>? LagByTopic)
{
    public static GroupView Of(GroupSummary group) => new(group.Id, GroupWords.Of(group.State), GroupWords.Of(group.Type), group.Lag, group.LagByTopic);
}
