using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>What was read at each offset of each log, by whom it was read first.</summary>
internal sealed class ObservedLogs
{
    private readonly Dictionary<LogKey, SortedDictionary<long, RecordId>> _logs = [];

    private ObservedLogs()
    {
    }

    public IReadOnlyDictionary<LogKey, SortedDictionary<long, RecordId>> Logs => _logs;

    /// <summary>Everything that anybody has read.</summary>
    public static ObservedLogs Of(ClientHistory history)
    {
        var observed = new ObservedLogs();
        foreach (var (_, log, records) in ReadsOf(history))
        {
            foreach (var (offset, id) in records)
            {
                observed.Of(log).TryAdd(offset, id);
            }
        }

        return observed;
    }

    /// <summary>All reads, with who has made them, in their order.</summary>
    public static IEnumerable<(string Reader, LogKey Log, IReadOnlyList<ReadRecord> Records)> ReadsOf(ClientHistory history) =>
        history.Polls.Select(poll => ($"{poll.Subscriber} at broker {poll.BrokerId}", poll.Log, poll.Records))
            .Concat(history.FinalReads.Select(read => ($"the last read at broker {read.BrokerId}", read.Log, read.Records)));

    /// <summary>By offset, in their order.</summary>
    public SortedDictionary<long, RecordId> Of(LogKey log)
    {
        if (!_logs.TryGetValue(log, out var records))
        {
            _logs.Add(log, records = []);
        }

        return records;
    }
}
