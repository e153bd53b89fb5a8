using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>unseen: whoever follows a log to its end is given every acknowledged record that was not deleted before.</summary>
internal sealed class UnseenChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history)
    {
        // Logs of deleted topics nobody can follow to their end.
        var logs = history.FinalReads.Select(read => read.Log).ToHashSet();
        var seen = new Dictionary<(LogKey Log, string Subscriber), HashSet<long>>();
        foreach (var poll in history.Polls.Where(poll => logs.Contains(poll.Log)))
        {
            SeenBy(poll.Log, poll.Subscriber).UnionWith(poll.Records.Select(record => record.Offset));
        }

        foreach (var (subscriber, _, log, from, to) in history.Resets.Where(reset => logs.Contains(reset.Log)))
        {
            for (var offset = from; offset < to; offset++)
            {
                SeenBy(log, subscriber).Add(offset);
            }
        }

        var acknowledged = history.Acknowledgements.ToLookup(one => one.Log);
        foreach (var ((log, subscriber), offsets) in seen)
        {
            foreach (var (_, baseOffset, first, count, _) in acknowledged[log])
            {
                for (var i = 0; i < count; i++)
                {
                    if (!offsets.Contains(baseOffset + i))
                    {
                        yield return new Violation("unseen", $"{log} {baseOffset + i}: {first with { Number = first.Number + i }} was acknowledged, and never given to {subscriber}.");
                    }
                }
            }
        }

        HashSet<long> SeenBy(LogKey log, string subscriber)
        {
            if (!seen.TryGetValue((log, subscriber), out var offsets))
            {
                seen.Add((log, subscriber), offsets = []);
            }

            return offsets;
        }
    }
}
