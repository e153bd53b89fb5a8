namespace Kafscale.Broker.Administration;

/// <summary>Some of the groups that a broker coordinates, in the order of their ids. All brokers together have all groups.</summary>
/// <param name="IsComplete">Whether it knows all groups that it coordinates; not while it is still reading some of them.</param>
/// <param name="Groups">The groups.</param>
/// <param name="Next">The id behind which the next page begins; <see langword="null"/> where this is the last one.</param>
public sealed record CoordinatedGroupPage(bool IsComplete, IReadOnlyList<CoordinatedGroup> Groups, string? Next);
