namespace Kafscale.Broker.Partitions;

/// <summary>Somebody who waits for a log to change: mostly for records to become visible.</summary>
internal interface ILogListener
{
    /// <summary>More records are visible, or there is another leader, log start, or no log any more; called without locks held, must return at once and not throw.</summary>
    void OnLogChanged();
}
