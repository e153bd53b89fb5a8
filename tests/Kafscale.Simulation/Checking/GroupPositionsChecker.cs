using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>
/// lost-position: whoever asks how far a group has got hears of nothing less than what was acknowledged before. phantom-position: nor of what nobody
/// has committed. stale-commit: members of an earlier generation commit nothing once a later one has. double-assignment: in one generation a log has one reader.
/// </summary>
internal sealed class GroupPositionsChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history) =>
        CheckFetches(history).Concat(CheckGenerations(history)).Concat(CheckAssignments(history));

    private static IEnumerable<Violation> CheckFetches(ClientHistory history)
    {
        var commits = history.Commits.ToLookup(commit => (commit.Group, commit.Log));
        foreach (var fetch in history.PositionFetches)
        {
            var known = commits[(fetch.Group, fetch.Log)];
            var acknowledged = known.Where(commit => commit.AcknowledgedAt < fetch.SentAt).MaxBy(commit => commit.Position);
            if (acknowledged is not null && fetch.Position < acknowledged.Position)
            {
                yield return new Violation(
                    "lost-position",
                    $"{fetch.Group} {fetch.Log}: {fetch.Position} was told at {TimeSpan.FromTicks(fetch.AnsweredAt)}, {acknowledged.Position} was acknowledged at {TimeSpan.FromTicks(acknowledged.AcknowledgedAt!.Value)}.");
            }

            if (fetch.Position >= 0 && !known.Any(commit => commit.Position == fetch.Position && commit.SentAt < fetch.AnsweredAt))
            {
                yield return new Violation("phantom-position", $"{fetch.Group} {fetch.Log}: {fetch.Position} was told, and never committed.");
            }
        }
    }

    private static IEnumerable<Violation> CheckGenerations(ClientHistory history)
    {
        foreach (var group in history.Commits.Where(commit => commit.AcknowledgedAt is not null).GroupBy(commit => commit.Group))
        {
            // When a generation has certainly begun: one of its commits was acknowledged.
            var begun = group.GroupBy(commit => commit.Generation).Select(generation => (Generation: generation.Key, At: generation.Min(commit => commit.AcknowledgedAt!.Value)))
                .OrderBy(generation => generation.At).ToList();
            foreach (var commit in group)
            {
                var later = begun.Find(generation => generation.Generation > commit.Generation && generation.At < commit.SentAt);
                if (later.Generation > 0)
                {
                    yield return new Violation(
                        "stale-commit", $"{group.Key} {commit.Log}: a member of generation {commit.Generation} has committed {commit.Position} after generation {later.Generation} had begun.");
                }
            }
        }
    }

    private static IEnumerable<Violation> CheckAssignments(ClientHistory history)
    {
        var readers = new Dictionary<(string, int, LogKey), string>();
        foreach (var assignment in history.Assignments)
        {
            foreach (var log in assignment.Logs)
            {
                if (!readers.TryAdd((assignment.Group, assignment.Generation, log), assignment.MemberId)
                    && readers[(assignment.Group, assignment.Generation, log)] is var other && other != assignment.MemberId)
                {
                    yield return new Violation("double-assignment", $"{assignment.Group} {log}: generation {assignment.Generation} assigns it to {other} and {assignment.MemberId}.");
                }
            }
        }
    }
}
