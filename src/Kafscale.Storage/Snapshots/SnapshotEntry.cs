namespace Kafscale.Storage.Snapshots;

/// <summary>One key of the metadata store in a snapshot.</summary>
/// <param name="Key">Without what all keys of the cluster begin with; at most 65,535 UTF-8 bytes.</param>
/// <param name="Value">Its value; empty where only the key matters.</param>
public readonly record struct SnapshotEntry(string Key, ReadOnlyMemory<byte> Value);
