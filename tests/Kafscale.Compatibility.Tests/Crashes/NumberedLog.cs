using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests.Crashes;

/// <summary>Checks what is in a topic against what the producers of a <see cref="NumberedLoad"/> were told.</summary>
internal static class NumberedLog
{
    /// <summary>
    /// Offsets are contiguous; each producer's records are there once, in order, with none missing before another one; and
    /// every acknowledged record is at the offset of its acknowledgement.
    /// </summary>
    public static void AssertHolds(IReadOnlyList<ReceivedRecord> received, IReadOnlyList<Acknowledgement> acknowledged, string when)
    {
        var records = new Dictionary<(int Partition, long Offset), (int Producer, int Number)>();
        foreach (var partition in received.GroupBy(record => record.Partition))
        {
            var nextOffset = 0L;
            var nextNumbers = new Dictionary<int, int>();
            foreach (var record in partition)
            {
                var (producer, number) = NumberedLoad.Parse(record);
                var expected = nextNumbers.GetValueOrDefault(producer);
                Assert.True(record.Offset == nextOffset, $"{when}: partition {partition.Key} has offset {record.Offset} where {nextOffset} was expected.");
                Assert.True(
                    number == expected,
                    $"{when}: partition {partition.Key} has record {number} of producer {producer} at offset {record.Offset}, where {expected} was expected: {(number < expected ? "it is there twice" : "one is lost")}.");
                nextOffset++;
                nextNumbers[producer] = number + 1;
                records.Add((partition.Key, record.Offset), (producer, number));
            }
        }

        foreach (var acknowledgement in acknowledged)
        {
            Assert.True(
                records.TryGetValue((acknowledgement.Partition, acknowledgement.Offset), out var record),
                $"{when}: {acknowledgement} is lost; {records.Count} records are there.");
            Assert.True(
                record == (acknowledgement.Producer, acknowledgement.Number),
                $"{when}: at the offset of {acknowledgement} is record {record}.");
        }
    }
}
