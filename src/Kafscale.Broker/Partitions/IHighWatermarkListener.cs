namespace Kafscale.Broker.Partitions;

/// <summary>Somebody who waits for records to become visible.</summary>
internal interface IHighWatermarkListener
{
    /// <summary>More records are visible; called without locks held, must return at once and not throw.</summary>
    void OnHighWatermark();
}
