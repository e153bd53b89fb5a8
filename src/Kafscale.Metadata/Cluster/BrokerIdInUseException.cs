namespace Kafscale.Metadata.Cluster;

/// <summary>Another live broker is registered under the same id.</summary>
public sealed class BrokerIdInUseException(int brokerId, string holder)
    : Exception($"Broker id {brokerId} is in use by a live broker at {holder}. Give every broker an id of its own, or wait until that one's session has ended.")
{
    /// <summary>The id.</summary>
    public int BrokerId { get; } = brokerId;
}
