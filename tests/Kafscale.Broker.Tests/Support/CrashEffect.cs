namespace Kafscale.Broker.Tests.Support;

/// <summary>What becomes of the operation at which a broker crashes.</summary>
public enum CrashEffect
{
    /// <summary>It never takes effect.</summary>
    None,

    /// <summary>It takes effect, and the broker never hears of it.</summary>
    AnswerLost,

    /// <summary>It is on its way for so long that it takes effect when the next broker has begun to serve.</summary>
    AppliedAfterRestart,

    /// <summary>It is on its way for so long that it takes effect when everything else is over.</summary>
    AppliedAtTheEnd,
}
