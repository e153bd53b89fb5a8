using Kafscale.Simulation.Checking;
using Kafscale.Simulation.History;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Tests.Checking;

/// <summary>Histories of a few events, made by hand; time goes on by one with each.</summary>
internal sealed class HandMade
{
    public static readonly LogKey Log = new(Guid.Parse("00000000-0000-0000-0000-000000000001"), 0);

    private long _now;

    public HandMade() => History = new ClientHistory(() => ++_now, new Trace(null, null));

    public ClientHistory History { get; }

    /// <summary>Records of producer 1 with these numbers, from an offset on.</summary>
    public static List<ReadRecord> Records(long offset, params int[] numbers) =>
        [.. numbers.Select((number, i) => new ReadRecord(offset + i, new RecordId(1, number)))];

    public HandMade Sends(int number, int count = 1, bool isIdempotent = true)
    {
        History.Sends(Log, new RecordId(1, number), count, isIdempotent);
        return this;
    }

    public HandMade Acknowledged(long offset, int number, int count = 1)
    {
        History.Acknowledged(Log, offset, new RecordId(1, number), count);
        return this;
    }

    public HandMade Polled(long position, params IReadOnlyList<ReadRecord> records)
    {
        History.Polled("reader", 1, 1, Log, position, records);
        return this;
    }

    public HandMade Reset(long from, long to)
    {
        History.Reset("reader", 1, Log, from, to);
        return this;
    }

    public HandMade Ends(long logStartOffset, long highWatermark, string connection = "one")
    {
        History.WasToldEnds(connection, Log, logStartOffset, highWatermark);
        return this;
    }

    public HandMade FinallyRead(int brokerId, long logStartOffset, params IReadOnlyList<ReadRecord> records)
    {
        History.ReadToTheEnd(brokerId, Log, logStartOffset, records);
        return this;
    }

    public HandMade Committed(int generation, long position, bool isAcknowledged = true)
    {
        var commit = History.SendsCommit("group", $"member-{generation}", generation, Log, position);
        if (isAcknowledged)
        {
            History.CommitAcknowledged(commit);
        }

        return this;
    }

    public HandMade PositionFetched(long position)
    {
        History.PositionFetched("group", Log, position, History.Now);
        return this;
    }

    public HandMade DeletedRecords(long beforeOffset)
    {
        History.DeletesRecords(Log, beforeOffset).IsAcknowledged = true;
        return this;
    }

    /// <summary>Asserts what all checkers say together.</summary>
    public void MustBreach(params string[] kinds) =>
        Assert.Equal(kinds.Order(StringComparer.Ordinal), HistoryCheckers.Check(History).Select(violation => violation.Kind).Distinct().Order(StringComparer.Ordinal));
}
