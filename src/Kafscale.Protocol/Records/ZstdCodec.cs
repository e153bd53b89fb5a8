using System.Buffers;
using ZstdSharp;

namespace Kafscale.Protocol.Records;

internal static class ZstdCodec
{
    // The default of Kafka's producers.
    private const int Level = 3;

    public static RecordBatchError Decompress(ReadOnlySpan<byte> compressed, int maxLength, PooledBuffer destination)
    {
        RecordBatchError corrupt = CompressionCodec.Corrupt(CompressionType.Zstd);
        if (compressed.IsEmpty)
            return corrupt;

        long limit = (long)destination.Length + maxLength;
        try
        {
            // The size that a frame claims may be missing or a lie, so it is not asked: the output grows as it comes.
            using var decompressor = new Decompressor();
            int reservation = CompressionCodec.FirstReservation(compressed.Length, maxLength);
            while (true)
            {
                OperationStatus status = decompressor.UnwrapStream(
                    compressed, CompressionCodec.FreeSpan(destination, reservation, limit), out int consumed, out int written);
                compressed = compressed[consumed..];
                destination.Advance(written);
                if (destination.Length > limit)
                    return CompressionCodec.TooLarge(maxLength);
                if (status == OperationStatus.Done && compressed.IsEmpty)
                    return RecordBatchError.None;
                bool progressed = consumed > 0 || written > 0;
                bool wantsBytesBeyondTheEnd = status == OperationStatus.NeedMoreData && compressed.IsEmpty;
                if (status == OperationStatus.InvalidData || wantsBytesBeyondTheEnd || !progressed)
                    return corrupt;
                reservation = 1;
            }
        }
        catch (ZstdException)
        {
            return corrupt;
        }
    }

    public static void Compress(ReadOnlySpan<byte> bytes, PooledBuffer destination)
    {
        using var compressor = new Compressor(Level);
        int length = compressor.Wrap(bytes, destination.GetSpan(Compressor.GetCompressBound(bytes.Length)));
        destination.Advance(length);
    }
}
