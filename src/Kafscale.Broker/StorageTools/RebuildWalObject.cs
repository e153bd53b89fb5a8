using Kafscale.Storage.Wal;

namespace Kafscale.Broker.StorageTools;

/// <summary>A WAL object that may have been committed.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Directory">Its slices.</param>
/// <param name="IsKnownCommitted">Whether the snapshot says that it was.</param>
internal sealed record RebuildWalObject(string Key, long Length, WalDirectory Directory, bool IsKnownCommitted)
{
    /// <summary>Why it can not have been committed; <see langword="null"/> while nothing speaks against it.</summary>
    public string? Refutation { get; set; }
}
