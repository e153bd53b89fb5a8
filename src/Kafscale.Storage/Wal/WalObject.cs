using System.Buffers;

namespace Kafscale.Storage.Wal;

/// <summary>A WAL object that is ready to be put.</summary>
/// <param name="Body">Its bytes; those of the record batches are the memory that the slices came with.</param>
/// <param name="Directory">Its slices, one for each that was given, in the same order.</param>
public sealed record WalObject(ReadOnlySequence<byte> Body, IReadOnlyList<WalDirectoryEntry> Directory);
