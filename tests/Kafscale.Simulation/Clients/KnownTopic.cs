namespace Kafscale.Simulation.Clients;

/// <summary>A topic as a client knows it.</summary>
/// <param name="TopicId">Tells it from one that is created again under its name.</param>
/// <param name="Leaders">Who leads each partition; <see cref="Nobody"/> where nobody does.</param>
internal sealed record KnownTopic(Guid TopicId, IReadOnlyList<int> Leaders)
{
    public const int Nobody = -1;

    /// <summary>Who leads a partition; <see cref="Nobody"/> also where whoever was asked does not know of it yet.</summary>
    public int LeaderOf(int partition) => partition < Leaders.Count ? Leaders[partition] : Nobody;
}
