namespace Kafscale.Broker.Administration;

/// <summary>What became of a request to hand over what a broker leads.</summary>
public enum DrainOutcome
{
    /// <summary>It leads nothing any more, and takes nothing.</summary>
    Drained,

    /// <summary>No other live broker takes leadership: nothing was changed.</summary>
    NobodyTakesOver,

    /// <summary>It leads something still, and goes on to hand over.</summary>
    Unfinished,
}
