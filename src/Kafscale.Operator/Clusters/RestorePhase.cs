namespace Kafscale.Operator.Clusters;

/// <summary>How far a restore has come.</summary>
internal enum RestorePhase
{
    /// <summary>Brokers are being stopped.</summary>
    Stopping,

    /// <summary>The metadata are being made anew.</summary>
    Rebuilding,

    /// <summary>It is over.</summary>
    Done,
}
