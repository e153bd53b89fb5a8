namespace Kafscale.Broker.Partitions;

/// <summary>A committed WAL object, shared by its slices.</summary>
/// <param name="Session">Who wrote it.</param>
/// <param name="Sequence">Its place among that session's objects.</param>
/// <param name="Key">Its key in the object store.</param>
/// <param name="Length">Its size in bytes.</param>
internal sealed record WalObjectReference(long Session, long Sequence, string Key, long Length)
{
    public WalObjectId Id => new(Session, Sequence);
}
