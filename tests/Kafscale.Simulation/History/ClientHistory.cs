using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.History;

/// <summary>All that clients have done and been told, in the order of virtual time. Checkers judge by this alone.</summary>
internal sealed class ClientHistory(Scheduler scheduler)
{
    private readonly List<Acknowledgement> _acknowledgements = [];
    private readonly List<Poll> _polls = [];
    private readonly List<FinalRead> _finalReads = [];

    public IReadOnlyList<Acknowledgement> Acknowledgements => _acknowledgements;

    public IReadOnlyList<Poll> Polls => _polls;

    public IReadOnlyList<FinalRead> FinalReads => _finalReads;

    /// <summary>How many records were acknowledged.</summary>
    public long AcknowledgedRecords { get; private set; }

    public void Acknowledged(LogKey log, long baseOffset, RecordId first, int count)
    {
        AcknowledgedRecords += count;
        _acknowledgements.Add(new Acknowledgement(log, baseOffset, first, count, scheduler.Now));
        scheduler.Trace.Add(baseOffset, first.Number, count);
        scheduler.Trace.Write($"producer {first.Producer}", $"acknowledged {log} {baseOffset}: {count} from {first}");
    }

    public void Polled(int consumer, LogKey log, long position, IReadOnlyList<ReadRecord> records)
    {
        _polls.Add(new Poll(consumer, log, position, records, scheduler.Now));
        scheduler.Trace.Add(consumer, position, records.Count);
        scheduler.Trace.Write($"consumer {consumer}", $"polled {log} {position}: {records.Count} from {records[0]}");
    }

    public void ReadToTheEnd(int brokerId, LogKey log, long logStartOffset, IReadOnlyList<ReadRecord> records)
    {
        _finalReads.Add(new FinalRead(brokerId, log, logStartOffset, records));
        scheduler.Trace.Write($"reader of broker {brokerId}", $"read {log}: {records.Count} from {logStartOffset}");
    }
}
