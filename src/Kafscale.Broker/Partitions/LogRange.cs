namespace Kafscale.Broker.Partitions;

/// <summary>A run of record batches in one object.</summary>
/// <param name="ObjectKey">Which object.</param>
/// <param name="ObjectLength">Its size in bytes.</param>
/// <param name="Position">Where the batches begin.</param>
/// <param name="Length">How many bytes of batches there are from there on.</param>
/// <param name="EndOffset">Behind the last record of the run.</param>
internal readonly record struct LogRange(string ObjectKey, long ObjectLength, long Position, int Length, long EndOffset);
