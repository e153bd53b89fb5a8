using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>
/// offset-gap: in the end each broker has a record at every offset from the log's start to its end. diverging-brokers: all begin and end at the same ones.
/// undeleted: nobody has what was deleted. lost-topic: topics that nobody has deleted are there.
/// </summary>
internal sealed class FinalReadChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history)
    {
        foreach (var read in history.FinalReads)
        {
            var due = read.LogStartOffset;
            foreach (var (offset, _) in read.Records)
            {
                if (offset != due)
                {
                    yield return new Violation("offset-gap", $"{read.Log} {due}: broker {read.BrokerId} goes on with {offset}.");
                }

                due = offset + 1;
            }
        }

        foreach (var log in history.FinalReads.GroupBy(read => read.Log).Where(log => !history.TopicsWithRetention.Contains(log.Key.TopicId)))
        {
            var ends = log.ToDictionary(read => read.BrokerId, read => (read.LogStartOffset, End: read.LogStartOffset + read.Records.Count));
            if (ends.Values.Distinct().Count() > 1)
            {
                yield return new Violation(
                    "diverging-brokers", $"{log.Key}: {string.Join(", ", ends.Select(one => $"broker {one.Key} has {one.Value.LogStartOffset} to {one.Value.End}"))}.");
            }
        }

        foreach (var deletion in history.Deletions.Where(deletion => deletion.IsAcknowledged))
        {
            foreach (var read in history.FinalReads.Where(read => read.Log == deletion.Log && read.LogStartOffset < deletion.BeforeOffset))
            {
                yield return new Violation("undeleted", $"{read.Log}: broker {read.BrokerId} begins at {read.LogStartOffset}, everything before {deletion.BeforeOffset} was deleted.");
            }
        }

        if (history.FinalReads.Count == 0)
        {
            yield break;
        }

        var found = history.FinalReads.Select(read => read.Log).ToHashSet();
        foreach (var log in history.Acknowledgements.Select(one => one.Log).Distinct().Where(log => !found.Contains(log) && !history.DeletedTopics.Contains(log.TopicId)))
        {
            yield return new Violation("lost-topic", $"{log} has records, was not deleted, and is not there.");
        }
    }
}
