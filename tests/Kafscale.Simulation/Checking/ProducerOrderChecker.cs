using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>producer-order: the records of an idempotent producer are in the order in which it has sent them.</summary>
internal sealed class ProducerOrderChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history)
    {
        var idempotent = history.Sent.Where(sent => sent.IsIdempotent).Select(sent => sent.First.Producer).ToHashSet();
        foreach (var (log, records) in ObservedLogs.Of(history).Logs)
        {
            var last = new Dictionary<int, (int Number, long Offset)>();
            foreach (var (offset, id) in records.Where(record => idempotent.Contains(record.Value.Producer)))
            {
                if (last.TryGetValue(id.Producer, out var before) && id.Number < before.Number)
                {
                    yield return new Violation("producer-order", $"{log} {offset}: {id} is behind number {before.Number} at {before.Offset}.");
                }

                last[id.Producer] = (id.Number, offset);
            }
        }
    }
}
