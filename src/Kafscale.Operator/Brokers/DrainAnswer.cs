namespace Kafscale.Operator.Brokers;

/// <summary>What became of a request to drain.</summary>
/// <param name="Outcome">In a word.</param>
/// <param name="Detail">What the broker said; null where it said nothing.</param>
internal sealed record DrainAnswer(DrainOutcome Outcome, string? Detail);
