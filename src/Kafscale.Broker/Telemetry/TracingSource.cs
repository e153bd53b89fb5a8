namespace Kafscale.Broker.Telemetry;

/// <summary>Where a broker's spans come from.</summary>
public static class TracingSource
{
    /// <summary>What whoever wants them listens to.</summary>
    public const string Name = "Kafscale.Broker";
}
