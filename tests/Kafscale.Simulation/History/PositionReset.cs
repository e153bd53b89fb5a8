namespace Kafscale.Simulation.History;

/// <summary>A consumer went on elsewhere than where it was, because what is between was deleted.</summary>
internal sealed record PositionReset(string Subscriber, int Session, LogKey Log, long From, long To);
