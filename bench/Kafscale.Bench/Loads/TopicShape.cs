namespace Kafscale.Bench.Loads;

/// <summary>A topic, and how connections share its partitions.</summary>
/// <param name="Name">Of the topic.</param>
/// <param name="Partitions">How many it has.</param>
/// <param name="RetentionBytes">How much each of them keeps; null: everything.</param>
internal sealed record TopicShape(string Name, int Partitions, long? RetentionBytes = null)
{
    /// <summary>The partitions of a connection: its own where there are enough, otherwise one that others use too.</summary>
    public IReadOnlyList<int> PartitionsOf(int connection, int connections) =>
        connections >= Partitions
            ? [connection % Partitions]
            : [.. Enumerable.Range(0, Partitions).Where(partition => partition % connections == connection)];
}
