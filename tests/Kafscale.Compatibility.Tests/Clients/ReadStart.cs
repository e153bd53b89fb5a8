namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>Where a client begins to read.</summary>
internal readonly record struct ReadStart
{
    private ReadStart(long? timestampMs) => TimestampMs = timestampMs;

    /// <summary>At the log start.</summary>
    public static ReadStart Beginning => default;

    /// <summary>At the first record of this timestamp or later; null: at the beginning.</summary>
    public long? TimestampMs { get; }

    public static ReadStart At(long timestampMs) => new(timestampMs);
}
