using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Crashes;

/// <summary>Checks what is in a topic against what the producers of a <see cref="NumberedLoad"/> were told.</summary>
internal static class NumberedLog
{
    /// <summary>Reads all that is there while the load goes on, and checks it.</summary>
    public static async Task AssertHoldsAsync(BrokerProcess broker, string topic, NumberedLoad load, string when)
    {
        // First what was acknowledged, then what is there: the load goes on meanwhile.
        var acknowledged = load.Acknowledged;
        var ends = await ConfluentClient.EndsAsync(broker.BootstrapServers, topic);
        var received = await ConfluentClient.Instance.ReadAsync(broker.BootstrapServers, topic, ReadStart.Beginning, ends);
        AssertHolds(received, acknowledged, when);
    }

    /// <summary>
    /// What a member of a group has read is what was acknowledged, each record at its offset. It may read a record again where a
    /// commit was lost, but leaves none out.
    /// </summary>
    public static async Task AssertReadsAllAsync(Reader member, NumberedLoad load)
    {
        await member.WaitUntilAsync(() => member.DistinctCount == load.Sent, $"The member reads all {load.Sent} records over the restarts");
        var acknowledged = load.Acknowledged.ToDictionary(record => (record.Partition, record.Offset), record => (record.Producer, record.Number));
        foreach (var partition in member.Records.GroupBy(record => record.Partition))
        {
            var nextOffset = 0L;
            foreach (var record in partition)
            {
                Assert.True(record.Offset <= nextOffset, $"The member was at {nextOffset} of partition {partition.Key} and then read {record.Offset}.");
                Assert.Equal(acknowledged[(record.Partition, record.Offset)], NumberedLoad.Parse(record));
                nextOffset = Math.Max(nextOffset, record.Offset + 1);
            }
        }
    }

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
