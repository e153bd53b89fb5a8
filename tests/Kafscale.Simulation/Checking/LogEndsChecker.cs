using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>
/// nonmonotonic-ends: on one connection neither the high watermark nor the log start offset ever goes back. early-deletion: the log start offset does not
/// pass what was asked to be deleted, where nothing goes by itself.
/// </summary>
internal sealed class LogEndsChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history)
    {
        var last = new Dictionary<(string, LogKey), LogEnds>();
        foreach (var ends in history.Ends)
        {
            if (last.TryGetValue((ends.Connection, ends.Log), out var before)
                && (ends.HighWatermark < before.HighWatermark || ends.LogStartOffset < before.LogStartOffset))
            {
                yield return new Violation(
                    "nonmonotonic-ends",
                    $"{ends.Log} on {ends.Connection}: from {before.LogStartOffset} to {before.HighWatermark}, and later from {ends.LogStartOffset} to {ends.HighWatermark}.");
            }

            last[(ends.Connection, ends.Log)] = ends;
        }

        var asked = history.Deletions.GroupBy(deletion => deletion.Log).ToDictionary(log => log.Key, log => log.Max(deletion => deletion.BeforeOffset));
        foreach (var ends in history.Ends)
        {
            if (ends.LogStartOffset > asked.GetValueOrDefault(ends.Log) && !history.TopicsWithRetention.Contains(ends.Log.TopicId))
            {
                yield return new Violation(
                    "early-deletion", $"{ends.Log} on {ends.Connection}: begins at {ends.LogStartOffset}, deletion was asked for before {asked.GetValueOrDefault(ends.Log)}.");
            }
        }
    }
}
