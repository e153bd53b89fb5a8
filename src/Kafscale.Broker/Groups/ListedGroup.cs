namespace Kafscale.Broker.Groups;

/// <summary>A group as ListGroups shows it.</summary>
internal readonly record struct ListedGroup(string GroupId, string Type, string ProtocolType, string State);
