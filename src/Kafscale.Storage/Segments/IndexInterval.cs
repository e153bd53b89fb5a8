namespace Kafscale.Storage.Segments;

/// <summary>Where in a segment file to look for an offset.</summary>
/// <param name="BaseOffset">The base offset of the batch at <paramref name="Position"/>.</param>
/// <param name="Position">Byte position in the file of a batch at or before the one that has the offset.</param>
/// <param name="EndPosition">
/// Byte position in the file behind the one that has the offset, at which another batch begins; <see langword="null"/>
/// where only the footer ends the search.
/// </param>
public readonly record struct IndexInterval(long BaseOffset, int Position, int? EndPosition);
