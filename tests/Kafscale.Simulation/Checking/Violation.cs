namespace Kafscale.Simulation.Checking;

/// <summary>Something that must never be the case was.</summary>
/// <param name="Kind">What, by Jepsen's name where it has one.</param>
/// <param name="Description">Where and how.</param>
internal sealed record Violation(string Kind, string Description)
{
    public override string ToString() => $"{Kind}: {Description}";
}
