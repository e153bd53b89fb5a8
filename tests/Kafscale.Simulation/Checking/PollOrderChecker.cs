using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>
/// nonmonotonic-poll and poll-skip: each poll of a consumer goes on where the one before has ended; int-nonmonotonic-poll and int-poll-skip: so do the
/// records within one. Without transactions and compaction no offset is left out.
/// </summary>
internal sealed class PollOrderChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history)
    {
        var resets = history.Resets.ToLookup(reset => reset.Session);
        var next = new Dictionary<int, long>();
        foreach (var poll in history.Polls)
        {
            var due = next.GetValueOrDefault(poll.Session, poll.Position);
            for (var i = 0; i < poll.Records.Count; i++)
            {
                var isFirst = i == 0;
                var offset = poll.Records[i].Offset;
                var isSkipped = offset > due && !(isFirst && resets[poll.Session].Any(reset => reset.To == offset));
                if (offset < due || isSkipped)
                {
                    var kind = (isFirst ? "" : "int-") + (isSkipped ? "poll-skip" : "nonmonotonic-poll");
                    yield return new Violation(kind, $"{poll.Log} {offset}: {poll.Subscriber} was given it by broker {poll.BrokerId} where {due} was next.");
                }

                due = offset + 1;
            }

            next[poll.Session] = due;
        }
    }
}
