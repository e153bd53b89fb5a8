using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>duplicate: a record of an idempotent producer is at one offset only.</summary>
internal sealed class DuplicateChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history)
    {
        var idempotent = history.Sent.Where(sent => sent.IsIdempotent).Select(sent => sent.First.Producer).ToHashSet();
        foreach (var (log, records) in ObservedLogs.Of(history).Logs)
        {
            var first = new Dictionary<RecordId, long>();
            foreach (var (offset, id) in records)
            {
                if (idempotent.Contains(id.Producer) && !first.TryAdd(id, offset))
                {
                    yield return new Violation("duplicate", $"{log}: {id} is at {first[id]} and at {offset}.");
                }
            }
        }
    }
}
