using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Checking;

/// <summary>Finds in a history what must never be in one.</summary>
internal interface IChecker
{
    IEnumerable<Violation> Check(ClientHistory history);
}
