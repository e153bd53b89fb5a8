namespace Kafscale.Broker.StorageTools;

/// <summary>Where a cluster is in its stores.</summary>
public sealed record StorageToolsOptions
{
    /// <summary>What object keys begin with.</summary>
    public string Namespace { get; init; } = "default";

    /// <summary>What metadata keys begin with.</summary>
    public string MetadataRoot { get; init; } = "/kafscale/default";

    /// <summary>How long deletions may take to arrive; the same as the brokers'.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Younger objects are left alone.</summary>
    public TimeSpan MinimumAge { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many objects are read side by side.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>How many bytes of objects are in memory at once, unless a single object has more.</summary>
    public long MemoryBytes { get; init; } = 256L * 1024 * 1024;
}
