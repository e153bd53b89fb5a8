namespace Kafscale.Storage.Manifests;

/// <summary>The WAL object whose slice was merged last: what the same session wrote before it counts no more.</summary>
/// <param name="Session">The session of the broker that wrote it.</param>
/// <param name="Sequence">Its number within the session.</param>
public readonly record struct MergePoint(long Session, long Sequence);
