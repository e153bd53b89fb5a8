using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>unexpected-answer: no client is answered what it must not be in that place.</summary>
internal sealed class UnexpectedAnswerChecker : IChecker
{
    public IEnumerable<Violation> Check(ClientHistory history) =>
        history.UnexpectedAnswers.Select(one => new Violation("unexpected-answer", $"{one.Client}: {one.Answer}"));
}
