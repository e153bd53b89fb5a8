using Kafscale.Clients.Parsing;

namespace Kafscale.Console.Messages;

/// <summary>What is to be read of a topic.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partitions">Only these; null: all.</param>
/// <param name="Start">Where to begin.</param>
/// <param name="Position">The offset or the time, where it begins there.</param>
/// <param name="Limit">How many messages are kept.</param>
/// <param name="Filter">Which ones.</param>
internal sealed record MessageQuery(
    string Topic, IReadOnlyList<int>? Partitions, MessageStart Start, LogPosition? Position, int Limit, MessageFilter Filter)
{
    public const int DefaultLimit = 100;
    public const int MaxLimit = 1000;
}
