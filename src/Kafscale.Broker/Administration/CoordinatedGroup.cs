namespace Kafscale.Broker.Administration;

/// <summary>A group as its coordinator knows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">Which protocol its members speak: <c>classic</c> or <c>consumer</c> (KIP-848).</param>
/// <param name="State">What it is doing, as Kafka's ListGroups names it.</param>
/// <param name="Members">How many members it has.</param>
/// <param name="LagByTopic">How many records it has not consumed yet of each topic that it has committed offsets of.</param>
public sealed record CoordinatedGroup(string Id, string Type, string State, int Members, IReadOnlyDictionary<string, long> LagByTopic);
