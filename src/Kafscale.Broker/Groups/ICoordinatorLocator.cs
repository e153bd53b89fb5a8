namespace Kafscale.Broker.Groups;

/// <summary>Knows which broker coordinates a group.</summary>
internal interface ICoordinatorLocator
{
    /// <summary>The group's coordinator as it is advertised on a listener; null while there is none.</summary>
    CoordinatorEndpoint? Locate(string groupId, string listenerName);
}
