using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>phantom: nobody reads what nobody has sent there.</summary>
internal sealed class PhantomChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history)
    {
        // The numbers of a producer in a log follow one another from 0 on.
        var ends = history.Sent.GroupBy(sent => (sent.Log, sent.First.Producer)).ToDictionary(sent => sent.Key, sent => sent.Max(one => one.First.Number + one.Count));
        foreach (var (log, records) in ObservedLogs.Of(history).Logs)
        {
            foreach (var (offset, id) in records)
            {
                if (id.Number >= ends.GetValueOrDefault((log, id.Producer)))
                {
                    yield return new Violation("phantom", $"{log} {offset}: {id} was never sent.");
                }
            }
        }
    }
}
