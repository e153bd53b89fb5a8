using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>All checkers of what clients have seen.</summary>
internal static class HistoryCheckers
{
    private static readonly IChecker[] All =
    [
        new LostWriteChecker(),
        new UnseenChecker(),
        new DuplicateChecker(),
        new InconsistentOffsetsChecker(),
        new PhantomChecker(),
        new ProducerOrderChecker(),
        new PollOrderChecker(),
        new SendOrderChecker(),
        new LogEndsChecker(),
        new FinalReadChecker(),
        new GroupPositionsChecker(),
        new UnexpectedAnswerChecker(),
    ];

    public static List<Violation> Check(ClientHistory history) => [.. All.SelectMany(checker => checker.Check(history))];
}
