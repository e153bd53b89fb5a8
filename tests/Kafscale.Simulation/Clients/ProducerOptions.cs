namespace Kafscale.Simulation.Clients;

/// <summary>What kind of producer one is.</summary>
internal sealed record ProducerOptions
{
    /// <summary>Its records carry it.</summary>
    public required int Id { get; init; }

    /// <summary>Where it sends to.</summary>
    public required string Topic { get; init; }

    /// <summary><c>enable.idempotence</c>: with several batches on their way, each stored once, in order.</summary>
    public bool IsIdempotent { get; init; }

    /// <summary><c>acks</c>: 0, 1, or -1 for all.</summary>
    public short Acks { get; init; } = -1;

    /// <summary>The mean time between two batches of a partition.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);
}
