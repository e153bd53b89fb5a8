namespace Kafscale.Simulation.History;

/// <summary>A consumer was given records.</summary>
/// <param name="Subscriber">Who: a consumer without a group, or a group.</param>
/// <param name="Session">One consumer's way through one log from where it began: within it, each poll goes on where the one before has ended.</param>
/// <param name="BrokerId">Who gave them.</param>
/// <param name="Log">From where.</param>
/// <param name="Position">The offset that was asked for.</param>
/// <param name="Records">What was given.</param>
internal sealed record Poll(string Subscriber, int Session, int BrokerId, LogKey Log, long Position, IReadOnlyList<ReadRecord> Records);
