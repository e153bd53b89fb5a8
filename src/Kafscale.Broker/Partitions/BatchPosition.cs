namespace Kafscale.Broker.Partitions;

/// <summary>Where a batch begins.</summary>
/// <param name="BaseOffset">The offset of its first record.</param>
/// <param name="Position">In bytes from the start of the record batches that it is among.</param>
internal readonly record struct BatchPosition(long BaseOffset, int Position);
