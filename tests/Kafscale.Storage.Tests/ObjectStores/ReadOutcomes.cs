using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Replica;

namespace Kafscale.Storage.Tests.ObjectStores;

/// <summary>Takes note of who answered reads.</summary>
internal sealed class ReadOutcomes : IReplicaReadObserver
{
    private readonly Lock _lock = new();
    private readonly List<ReplicaReadOutcome> _all = [];

    public List<ReplicaReadOutcome> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    public bool IsSuspended { get; private set; }

    public void OnRead(ReplicaReadOutcome outcome, int bytes)
    {
        lock (_lock)
        {
            _all.Add(outcome);
        }
    }

    public void OnSuspended(bool isSuspended) => IsSuspended = isSuspended;
}
