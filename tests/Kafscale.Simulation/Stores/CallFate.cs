namespace Kafscale.Simulation.Stores;

/// <summary>What becomes of a request.</summary>
internal enum CallFate
{
    Answered,
    FailsBefore,
    FailsAfter,
    Throttled,
    RequestLost,
    AnswerLost,
}
