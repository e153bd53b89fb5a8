using Kafscale.Broker.Concurrency;

namespace Kafscale.Broker.Cluster;

/// <summary>Waits for the cluster to become something.</summary>
internal static class ClusterWait
{
    /// <summary>Completes once a condition holds; it is looked at again after every change of the cluster.</summary>
    public static async Task UntilAsync(this ClusterState cluster, Func<bool> condition, CancellationToken cancellationToken)
    {
        var changed = new AsyncSignal();
        cluster.Changed += changed.Set;
        try
        {
            while (!condition())
            {
                await changed.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            cluster.Changed -= changed.Set;
        }
    }
}
