using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>inconsistent-offsets: nobody ever reads another record at an offset, at whatever broker.</summary>
internal sealed class InconsistentOffsetsChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history)
    {
        var first = new Dictionary<(LogKey, long), (RecordId Id, string Reader)>();
        foreach (var (reader, log, records) in ObservedLogs.ReadsOf(history))
        {
            foreach (var (offset, id) in records)
            {
                if (!first.TryAdd((log, offset), (id, reader)) && first[(log, offset)] is var other && other.Id != id)
                {
                    yield return new Violation("inconsistent-offsets", $"{log} {offset}: {reader} has read {id}, {other.Reader} {other.Id}.");
                }
            }
        }
    }
}
