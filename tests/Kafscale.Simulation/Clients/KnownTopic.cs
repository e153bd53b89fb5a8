namespace Kafscale.Simulation.Clients;

/// <summary>A topic as a client knows it.</summary>
/// <param name="TopicId">Tells it from one that is created again under its name.</param>
/// <param name="Leaders">Who leads each partition; -1 where nobody does.</param>
internal sealed record KnownTopic(Guid TopicId, IReadOnlyList<int> Leaders);
