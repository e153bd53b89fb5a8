namespace Kafscale.Broker.Partitions;

/// <summary>Which WAL object it is.</summary>
/// <param name="Session">Who wrote it.</param>
/// <param name="Sequence">Its place among that session's objects.</param>
internal readonly record struct WalObjectId(long Session, long Sequence);
