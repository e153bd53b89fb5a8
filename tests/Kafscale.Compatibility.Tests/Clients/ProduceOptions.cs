namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>How a client produces.</summary>
internal sealed record ProduceOptions
{
    public static readonly ProduceOptions Default = new();

    /// <summary>Kafka's name of the codec; null: the client's default.</summary>
    public string? Compression { get; init; }

    public bool Idempotent { get; init; }

    /// <summary>The client's own limit; null: its default.</summary>
    public int? MaxMessageBytes { get; init; }
}
