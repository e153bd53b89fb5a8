namespace Kafscale.Simulation.History;

/// <summary>A consumer was given records.</summary>
/// <param name="Consumer">Who.</param>
/// <param name="Log">From where.</param>
/// <param name="Position">The offset that it asked for.</param>
/// <param name="Records">What it got.</param>
/// <param name="At">When, in ticks of virtual time.</param>
internal sealed record Poll(int Consumer, LogKey Log, long Position, IReadOnlyList<ReadRecord> Records, long At);
