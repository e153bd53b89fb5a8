using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>lost-write: every acknowledged record is there in the end, at its offset, on every broker.</summary>
internal sealed class LostWriteChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history)
    {
        var acknowledged = history.Acknowledgements.ToLookup(one => one.Log);
        foreach (var read in history.FinalReads)
        {
            var records = read.Records.ToDictionary(record => record.Offset, record => record.Id);
            foreach (var (log, baseOffset, first, count, _) in acknowledged[read.Log])
            {
                for (var i = 0; i < count; i++)
                {
                    var expected = first with { Number = first.Number + i };
                    if (baseOffset + i >= read.LogStartOffset && (!records.TryGetValue(baseOffset + i, out var found) || found != expected))
                    {
                        yield return new Violation(
                            "lost-write", $"{log} {baseOffset + i}: {expected} was acknowledged, broker {read.BrokerId} has {(records.ContainsKey(baseOffset + i) ? records[baseOffset + i] : "nothing")}.");
                    }
                }
            }
        }
    }
}
