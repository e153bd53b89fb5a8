namespace Kafscale.Broker.Partitions;

/// <summary>Memory for one batch. Whoever holds it releases its chunk exactly once.</summary>
internal readonly record struct BufferReservation(BufferChunk Chunk, int Offset, int Length)
{
    public Memory<byte> Memory => Chunk.Bytes.AsMemory(Offset, Length);

    public Span<byte> Span => Chunk.Bytes.AsSpan(Offset, Length);
}
