using System.Buffers;

namespace Kafscale.Storage.Segments;

/// <summary>Some of a segment's record batches, with their checksum, so that nobody has to read them to write the segment.</summary>
/// <param name="Batches">Whole record batches, back to back.</param>
/// <param name="Crc">CRC-32C of exactly these bytes.</param>
public readonly record struct SegmentPart(ReadOnlySequence<byte> Batches, uint Crc);
