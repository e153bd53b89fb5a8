namespace Kafscale.Broker.Cluster;

/// <summary>Waits for leaders.</summary>
internal interface ILeaderWait
{
    /// <summary>Completes once every partition of some topics, as they are known now, can be written to.</summary>
    /// <param name="topics">Their names; one that does not exist, or is deleted meanwhile, is not waited for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task WaitForLeadersAsync(IReadOnlyCollection<string> topics, CancellationToken cancellationToken);
}
