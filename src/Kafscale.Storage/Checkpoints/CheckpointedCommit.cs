namespace Kafscale.Storage.Checkpoints;

/// <summary>One commit in a checkpoint.</summary>
/// <param name="Sequence">Of the WAL object within its session.</param>
/// <param name="Record">What the metadata store held of it.</param>
public readonly record struct CheckpointedCommit(long Sequence, ReadOnlyMemory<byte> Record);
