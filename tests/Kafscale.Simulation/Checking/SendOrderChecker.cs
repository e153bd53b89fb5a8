using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>
/// nonmonotonic-send: what a producer sends later gets a higher offset; int-send-skip: the records of a batch follow one another.
/// </summary>
internal sealed class SendOrderChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history)
    {
        foreach (var sent in history.Acknowledgements.GroupBy(one => (one.Log, one.First.Producer)))
        {
            var last = new Acknowledgement(sent.Key.Log, -1, new RecordId(sent.Key.Producer, -1), 1, 0);
            foreach (var one in sent.OrderBy(one => one.First.Number))
            {
                if (one.BaseOffset < last.BaseOffset + last.Count)
                {
                    yield return new Violation("nonmonotonic-send", $"{one.Log} {one.BaseOffset}: {one.First} was sent after {last.First}, which is at {last.BaseOffset}.");
                }

                last = one;
            }
        }

        var observed = ObservedLogs.Of(history);
        foreach (var one in history.Acknowledgements)
        {
            var records = observed.Of(one.Log);
            for (var i = 1; i < one.Count; i++)
            {
                var expected = one.First with { Number = one.First.Number + i };
                if (records.TryGetValue(one.BaseOffset, out var first) && first == one.First && records.TryGetValue(one.BaseOffset + i, out var found) && found != expected)
                {
                    yield return new Violation("int-send-skip", $"{one.Log} {one.BaseOffset + i}: {found} is where {expected} of the same batch was due.");
                }
            }
        }
    }
}
