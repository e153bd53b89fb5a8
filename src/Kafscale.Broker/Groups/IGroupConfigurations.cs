namespace Kafscale.Broker.Groups;

/// <summary>What holds for each group, as the group coordinator needs it.</summary>
internal interface IGroupConfigurations
{
    /// <summary>What holds for a group now. Asked at every heartbeat: takes no lock and allocates nothing.</summary>
    GroupConfiguration Of(string groupId);
}
