namespace Kafscale.Operator.Brokers;

/// <summary>How a broker has answered to a drain.</summary>
internal enum DrainOutcome
{
    /// <summary>It leads nothing any more.</summary>
    Drained,

    /// <summary>It goes on with it, or cannot yet.</summary>
    NotYet,

    /// <summary>No other live broker takes leadership.</summary>
    NobodyTakesOver,

    /// <summary>There is no answer.</summary>
    Unreachable,
}
