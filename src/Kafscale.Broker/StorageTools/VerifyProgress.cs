namespace Kafscale.Broker.StorageTools;

/// <summary>How far a verification has come.</summary>
/// <param name="Objects">Objects that were read.</param>
/// <param name="ObjectsInAll">Objects that are to be read.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="BytesInAll">All bytes.</param>
public readonly record struct VerifyProgress(long Objects, long ObjectsInAll, long Bytes, long BytesInAll);
