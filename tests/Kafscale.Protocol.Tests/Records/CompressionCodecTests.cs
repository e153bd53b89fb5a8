using System.Buffers;
using System.IO.Compression;
using CsCheck;
using Kafscale.Protocol.Records;

namespace Kafscale.Protocol.Tests.Records;

public sealed class CompressionCodecTests
{
    // Written by the reference libraries, the first from 70,000 zeros in linked blocks, the others from Content: LZ4 with
    // every checksum, zstandard as a stream flushed in the middle, and a raw snappy block.
    private const string Lz4WithDependentBlocks =
        "04224D1848407011010000000000770B0100001F000100FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        + "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        + "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        + "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        + "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE7"
        + "5000000000001B0000000F0100FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF6950000000000000000000";

    private const string Lz4WithEveryChecksum =
        "04224D187C40860100000000000048A9000000937265636F726420303B090014310900143209001433090014340900143509001436090014"
        + "370900143809001439090016315B00055C0015315D0015315E0015315F001531600015316100153162001531630015316400153264001532"
        + "6400153264001532640015326400153264001532640015326400153264001532640015336400153364001533640015336400153364001533"
        + "640015336400153364001333640050642033393B4B9EEE6500000000E16EAC4C";

    private const string ZstdOfUnknownLength =
        "28B52FFD0058640200F07265636F726420303B31323334353637383931313131313131313132303B1400671431A35C19859151648C726214"
        + "16461130CA7D51C20BFB006180082007080344003940182002C865568E450100B07232323232323232323233333333333333333333393B13"
        + "500100A594524A29A594524A29A50C01";

    private const string RawSnappy =
        "8603207265636F726420303B0D090031110900321109003311090034110900351109003611090037110900381109003911090031195B155C"
        + "0031155D0031155E0031155F0031156000311561003115620031156300311564003215640032156400321564003215640032156400321564"
        + "0032156400321564003215640032156400331564003315640033156400331564003315640033156400331564003315643033383B7265636F"
        + "72642033393B";

    private static readonly byte[] Content =
        System.Text.Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 40).Select(i => $"record {i};")));

    private static readonly Gen<CompressionType> GenType = Gen.Enum<CompressionType>();

    private static readonly Gen<CompressionType> GenRealType = Gen.Enum<CompressionType>().Where(type => type != CompressionType.None);

    private static readonly Gen<byte[]> GenSmallContent =
        Gen.OneOf(Gen.Byte.Array[1, 1000], Gen.Byte[0, 1].Array[1, 1000]);

    [Theory]
    [InlineData(CompressionType.Lz4, Lz4WithEveryChecksum)]
    [InlineData(CompressionType.Zstd, ZstdOfUnknownLength)]
    [InlineData(CompressionType.Snappy, RawSnappy)]
    public void What_the_reference_libraries_write_is_read(CompressionType type, string hex) =>
        Assert.Equal(Content, Decompressed(type, Convert.FromHexString(hex)));

    [Fact]
    public void An_LZ4_frame_whose_blocks_depend_on_each_other_is_refused_as_Kafkas_consumers_do() =>
        Assert.Equal(
            RecordBatchErrorCode.CorruptMessage, Error(CompressionType.Lz4, Convert.FromHexString(Lz4WithDependentBlocks)).Code);

    [Fact]
    public void Every_flipped_bit_of_an_LZ4_frame_with_every_checksum_is_found()
    {
        byte[] frame = Convert.FromHexString(Lz4WithEveryChecksum);
        for (int bit = 0; bit < 8 * frame.Length; bit++)
        {
            byte[] flipped = [.. frame];
            flipped[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotEqual(RecordBatchError.None, Error(CompressionType.Lz4, flipped));
        }
    }

    [Fact]
    public void Gzip_of_several_members_is_read()
    {
        byte[] members = [.. Compressed(CompressionType.Gzip, Content[..100]), .. Compressed(CompressionType.Gzip, Content[100..])];

        Assert.Equal(Content, Decompressed(CompressionType.Gzip, members));
    }

    [Fact]
    public void Zstd_of_several_frames_is_read()
    {
        byte[] frames = [.. Compressed(CompressionType.Zstd, Content[..100]), .. Compressed(CompressionType.Zstd, Content[100..])];

        Assert.Equal(Content, Decompressed(CompressionType.Zstd, frames));
    }

    [Fact]
    public void Snappy_is_written_in_the_blocks_of_Javas_clients()
    {
        byte[] compressed = Compressed(CompressionType.Snappy, new byte[70_000]);

        Assert.Equal("82534E4150505900" + "00000001" + "00000001", Convert.ToHexString(compressed.AsSpan(0, 16)));
        // Each raw block begins with its decompressed length: here 32768 as a varint.
        Assert.Equal("808002", Convert.ToHexString(compressed.AsSpan(20, 3)));
    }

    [Fact]
    public void What_is_compressed_is_decompressed_again_however_it_is_cut() =>
        Gen.Select(
            GenType,
            Segments.GenSplit(Gen.OneOf(Gen.Byte.Array[0, 300], Gen.Byte[0, 3].Array[0, 300_000], Gen.Byte.Array[0, 300_000])))
            .Sample((type, generated) =>
            {
                byte[] compressed = Compressed(type, generated.Bytes);
                using var destination = new PooledBuffer();
                destination.Write("before"u8);

                RecordBatchError error = CompressionCodec.Decompress(
                    type, Segments.Split(compressed, compressed.Length / 3, compressed.Length / 2), generated.Bytes.Length, destination);

                Assert.Equal(RecordBatchError.None, error);
                Assert.Equal([.. "before"u8, .. generated.Bytes], destination.WrittenSpan);
            }, iter: 200);

    [Fact]
    public void One_byte_more_than_the_limit_is_too_large() =>
        Gen.Select(GenType, Gen.Int[1, 100_000]).Sample((type, length) =>
        {
            using var destination = new PooledBuffer();
            RecordBatchError error = CompressionCodec.Decompress(type, Compressed(type, new byte[length]), length - 1, destination);
            Assert.Equal(RecordBatchErrorCode.MessageTooLarge, error.Code);
        }, iter: 200);

    [Fact]
    public void Anything_cut_off_is_corrupt() =>
        Gen.Select(GenRealType, GenSmallContent, Gen.Double[0, 1]).Sample((type, bytes, share) =>
        {
            byte[] compressed = Compressed(type, bytes);
            byte[] cut = compressed[..(int)(share * (compressed.Length - 1))];
            // Java's snappy stream may end after any block, also before the first.
            if (type == CompressionType.Snappy && cut.Length == 16)
                return;
            Assert.Equal(RecordBatchErrorCode.CorruptMessage, Error(type, cut).Code);
        }, iter: 5000);

    [Fact]
    public void Garbage_is_answered_and_never_thrown() =>
        Gen.Select(GenRealType, GenSmallContent, Gen.Int[0, 999].Array[1, 5], Gen.Byte.Array[5]).Sample((type, bytes, places, values) =>
        {
            Error(type, bytes);
            byte[] damaged = Compressed(type, bytes);
            for (int i = 0; i < places.Length; i++)
                damaged[places[i] % damaged.Length] ^= values[i];
            Error(type, damaged);
        }, iter: 5000);

    [Fact]
    public void A_bomb_fails_without_the_memory_that_it_asks_for()
    {
        const int Limit = 1 << 20;
        foreach (CompressionType type in BatchBytes.AllCompressionTypes[1..])
        {
            byte[] bomb = Compressed(type, new byte[64 << 20]);
            using var destination = new PooledBuffer();
            CompressionCodec.Decompress(type, bomb, Limit, destination);
            destination.Clear();
            long before = GC.GetAllocatedBytesForCurrentThread();

            RecordBatchError error = CompressionCodec.Decompress(type, bomb, Limit, destination);

            Assert.Equal(RecordBatchErrorCode.MessageTooLarge, error.Code);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Limit, $"{type}");
            Assert.True(destination.GetSpan().Length + destination.Length <= 8 * Limit, $"{type}");
        }
    }

    [Theory]
    [InlineData(CompressionType.Snappy, "FFFFFFFF0F")]
    [InlineData(CompressionType.Snappy, "FFFFFFFF07")]
    [InlineData(CompressionType.Snappy, "82534E4150505900" + "00000001" + "00000001" + "7FFFFFFF")]
    [InlineData(CompressionType.Snappy, "82534E4150505900" + "00000001" + "00000001" + "FFFFFFFF")]
    [InlineData(CompressionType.Snappy, "82534E4150505900" + "00000001" + "00000001" + "00000005" + "FFFFFFFF07")]
    [InlineData(CompressionType.Zstd, "28B52FFDE0FFFFFFFFFFFFFF7F010000")]
    [InlineData(CompressionType.Lz4, "04224D186070730F0000FF")]
    public void A_few_bytes_that_claim_gigabytes_are_refused(CompressionType type, string hex) =>
        Assert.NotEqual(RecordBatchErrorCode.None, Error(type, Convert.FromHexString(hex), 64 << 20).Code);

    [Fact]
    public void Compression_types_that_do_not_exist_are_unsupported() =>
        Assert.Equal(RecordBatchErrorCode.UnsupportedCompressionType, Error((CompressionType)5, [1, 2, 3]).Code);

    [Fact]
    public void Nothing_compresses_to_something_that_decompresses_to_nothing()
    {
        foreach (CompressionType type in BatchBytes.AllCompressionTypes)
            Assert.Empty(Decompressed(type, Compressed(type, [])));
    }

    [Fact]
    public void Gzip_written_at_any_level_is_read()
    {
        foreach (CompressionLevel level in Enum.GetValues<CompressionLevel>())
        {
            using var stream = new MemoryStream();
            using (var gzip = new GZipStream(stream, level))
                gzip.Write(Content);
            Assert.Equal(Content, Decompressed(CompressionType.Gzip, stream.ToArray()));
        }
    }

    private static byte[] Compressed(CompressionType type, byte[] bytes)
    {
        using var destination = new PooledBuffer();
        CompressionCodec.Compress(type, bytes, destination);
        return destination.WrittenSpan.ToArray();
    }

    private static byte[] Decompressed(CompressionType type, byte[] bytes)
    {
        using var destination = new PooledBuffer();
        Assert.Equal(RecordBatchError.None, CompressionCodec.Decompress(type, bytes, 1 << 20, destination));
        return destination.WrittenSpan.ToArray();
    }

    private static RecordBatchError Error(CompressionType type, byte[] bytes, int maxLength = 1 << 20)
    {
        using var destination = new PooledBuffer();
        return CompressionCodec.Decompress(type, bytes, maxLength, destination);
    }
}
