using Kafscale.Storage.Wal;

namespace Kafscale.Broker.StorageTools;

/// <summary>A slice with the WAL object that it is in, while it is not decided whether that was committed.</summary>
/// <param name="WalObject">The object.</param>
/// <param name="Entry">What its directory says of the slice.</param>
internal sealed record RebuildSlice(RebuildWalObject WalObject, WalDirectoryEntry Entry)
{
    public long BaseOffset => Entry.BaseOffset;

    public long EndOffset => Entry.LastOffset + 1;
}
