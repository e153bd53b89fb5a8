namespace Kafscale.Storage.Wal;

/// <summary>What a WAL object says of itself.</summary>
/// <param name="Session">The session of the broker that wrote it.</param>
/// <param name="Sequence">Its number within the session.</param>
/// <param name="CreatedAtMs">Unix milliseconds.</param>
/// <param name="Entries">Its slices, in the order of their positions.</param>
public sealed record WalDirectory(long Session, long Sequence, long CreatedAtMs, IReadOnlyList<WalDirectoryEntry> Entries);
