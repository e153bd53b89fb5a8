using CsCheck;

namespace Kafscale.Storage.Tests.Formats;

internal static class FormatGenerators
{
    /// <summary>One to twelve consecutive batches.</summary>
    public static Gen<TestBatch[]> Batches { get; } =
        from baseOffset in Gen.Long[0, long.MaxValue / 2]
        from shapes in Gen.Select(Gen.Int[1, 300], Gen.Byte.Array[1, 60], Gen.Long[-1, 1_000_000]).Array[1, 12]
        select InARow(baseOffset, shapes);

    private static TestBatch[] InARow(long baseOffset, (int RecordCount, byte[] Records, long TimestampMs)[] shapes)
    {
        var batches = new TestBatch[shapes.Length];
        for (var i = 0; i < shapes.Length; i++)
        {
            var (recordCount, records, timestampMs) = shapes[i];
            batches[i] = new TestBatch(baseOffset, recordCount, records) { BaseTimestampMs = timestampMs, MaxTimestampMs = timestampMs + 5 };
            baseOffset += recordCount;
        }

        return batches;
    }
}
