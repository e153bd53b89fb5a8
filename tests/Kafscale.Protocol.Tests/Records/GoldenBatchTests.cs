using System.Buffers;
using System.Text;
using Kafscale.Protocol.Records;

namespace Kafscale.Protocol.Tests.Records;

public sealed class GoldenBatchTests
{
    // Put together field by field from the protocol's description, the checksum by its bitwise definition.
    private const string ByHand =
        "000000000000002A" // base offset 42
        + "00000045" // 69 bytes follow: 49 of the header, 20 of records
        + "00000007" // partition leader epoch
        + "02" // magic
        + "437720FE" // crc
        + "0010" // attributes: transactional
        + "00000001" // last offset delta
        + "00000000000003E8" // base timestamp 1000
        + "00000000000003E9" // max timestamp 1001
        + "0000000000000005" // producer id
        + "0001" // producer epoch
        + "00000009" // base sequence
        + "00000002" // two records
        + "18" + "00" // 12 bytes, attributes
        + "00" + "00" // timestamp delta 0, offset delta 0
        + "026B" + "047631" // key "k", value "v1"
        + "02" + "0268" + "01" // one header, "h" = null
        + "0C" + "00" // 6 bytes, attributes
        + "02" + "02" // timestamp delta 1, offset delta 1
        + "01" + "00" + "00"; // null key, empty value, no headers

    // Written by kafka-python 2.0.2: three records, two of them with headers.
    private const string KafkaPythonUncompressed =
        "0000000000000000000000A40000000002DA2491820000000000020000018BCFE568000000018BCFE56807FFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        + "00000003C201000000066B6579900176616C75652076616C75652076616C75652076616C75652076616C75652076616C75652076616C7565"
        + "2076616C75652076616C75652076616C75652076616C75652076616C756520040A7472616365040102086E6F6E65010C000E020100001000"
        + "13040001020000";

    private const string KafkaPythonGzip =
        "0000000000000000000000770000000002E9BF54F00001000000020000018BCFE568000000018BCFE56807FFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        + "000000031F8B080003ED026B02FF3BC4C8C0C0C0969D5A3981B12C31A7345581729285ABA428313995859189232F3F2F959187818F09688B"
        + "0083300B032313030300A586B07173000000";

    private const string KafkaPythonSnappy =
        "00000000000000000000007E0000000002E5B382A00002000000020000018BCFE568000000018BCFE56807FFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        + "0000000382534E41505059000000000100000001000000397340C201000000066B6579900176616C756520EE060009067C040A7472616365"
        + "040102086E6F6E65010C000E02010000100013040001020000";

    private const string KafkaPythonLz4 =
        "0000000000000000000000800000000002A74BC84A0003000000020000018BCFE568000000018BCFE56807FFFFFFFFFFFFFFFFFFFFFFFFFFFF"
        + "0000000304224D1868407300000000000000F038000000FF02C201000000066B6579900176616C75652006002FF011040A74726163650401"
        + "02086E6F6E65010C000E0201000010001304000102000000000000";

    private static readonly string[] KafkaPythonRecords =
    [
        Described(0, 1_700_000_000_000, "key", string.Concat(Enumerable.Repeat("value ", 12)))
            + BatchBytes.Describe("trace", "0102") + BatchBytes.Describe("none", "null"),
        Described(1, 1_700_000_000_007, null, ""),
        Described(2, 1_699_999_999_990, "", null) + BatchBytes.Describe("", ""),
    ];

    [Fact]
    public void A_batch_put_together_by_hand_is_read()
    {
        byte[] batch = Convert.FromHexString(ByHand);

        Assert.Equal(RecordBatchError.None, BatchBytes.Validate(batch));
        Assert.Equal(RecordBatchError.None, BatchBytes.ValidateRecords(batch));
        Assert.Equal(
            [Described(42, 1000, "k", "v1") + BatchBytes.Describe("h", "null"), Described(43, 1001, null, "")],
            BatchBytes.Describe(new ReadOnlySequence<byte>(batch)));
    }

    [Fact]
    public void The_builder_writes_the_batch_put_together_by_hand()
    {
        byte[] batch = new RecordBatchBuilder
        {
            BaseOffset = 42,
            PartitionLeaderEpoch = 7,
            ProducerId = 5,
            ProducerEpoch = 1,
            BaseSequence = 9,
            IsTransactional = true,
        }
            .Append(1000, "k"u8.ToArray(), "v1"u8.ToArray(), new RecordHeader("h", null))
            .Append(1001, null, [])
            .Build();

        Assert.Equal(ByHand, Convert.ToHexString(batch));
    }

    [Theory]
    [InlineData(KafkaPythonUncompressed, CompressionType.None)]
    [InlineData(KafkaPythonGzip, CompressionType.Gzip)]
    [InlineData(KafkaPythonSnappy, CompressionType.Snappy)]
    [InlineData(KafkaPythonLz4, CompressionType.Lz4)]
    public void Batches_of_a_real_client_are_valid_and_read(string hex, CompressionType compressionType)
    {
        byte[] batch = Convert.FromHexString(hex);

        Assert.Equal(compressionType, BatchBytes.Header(batch).CompressionType);
        Assert.Equal(RecordBatchError.None, BatchBytes.Validate(batch));
        Assert.Equal(RecordBatchError.None, BatchBytes.ValidateRecords(batch));
        Assert.Equal(KafkaPythonRecords, BatchBytes.Describe(new ReadOnlySequence<byte>(batch)));
    }

    private static string Described(long offset, long timestamp, string? key, string? value) =>
        BatchBytes.Describe(offset, timestamp, BatchBytes.Text(Bytes(key)), BatchBytes.Text(Bytes(value)));

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
}
