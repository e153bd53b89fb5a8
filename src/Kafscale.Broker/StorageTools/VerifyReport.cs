namespace Kafscale.Broker.StorageTools;

/// <summary>What a verification has found.</summary>
public sealed record VerifyReport
{
    /// <summary>What is wrong, at most <see cref="StorageVerification.MaxProblems"/>.</summary>
    public required IReadOnlyList<StorageProblem> Problems { get; init; }

    /// <summary>How much is wrong.</summary>
    public required int ProblemCount { get; init; }

    /// <summary>Objects that were read.</summary>
    public required long Objects { get; init; }

    /// <summary>Their bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>Records in segments and in committed WAL slices.</summary>
    public required long Records { get; init; }

    /// <summary>Partitions that were looked at.</summary>
    public required int Partitions { get; init; }

    /// <summary>Objects that nothing refers to, which garbage collection removes or the next merge takes over.</summary>
    public required int UnreferencedObjects { get; init; }

    /// <summary>Their bytes.</summary>
    public required long UnreferencedBytes { get; init; }

    /// <summary>Objects that are not Kafscale's.</summary>
    public required int ForeignObjects { get; init; }

    /// <summary>Whether brokers were running: what they changed meanwhile may be among the problems.</summary>
    public required bool AreBrokersLive { get; init; }
}
