namespace Kafscale.Storage.ObjectStores.Replica;

/// <summary>Is told of reads that a replica may answer, on the thread that ended them: quick, thread-safe, and never throws.</summary>
public interface IReplicaReadObserver
{
    /// <summary>A read has succeeded.</summary>
    /// <param name="outcome">Who answered it, and why.</param>
    /// <param name="bytes">How many bytes were read.</param>
    void OnRead(ReplicaReadOutcome outcome, int bytes);

    /// <summary>The replica is left alone from now on, or asked again.</summary>
    void OnSuspended(bool isSuspended);
}
