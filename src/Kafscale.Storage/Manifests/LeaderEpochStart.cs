namespace Kafscale.Storage.Manifests;

/// <summary>Where a leader epoch's records begin (KIP-101).</summary>
/// <param name="Epoch">The leader epoch.</param>
/// <param name="StartOffset">The offset of the first record that was written in it.</param>
public readonly record struct LeaderEpochStart(int Epoch, long StartOffset);
