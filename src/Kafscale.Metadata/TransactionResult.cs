namespace Kafscale.Metadata;

/// <summary>What became of a transaction.</summary>
/// <param name="Succeeded">Whether all comparisons held, so that the first list was applied.</param>
/// <param name="Revision">The store's revision afterwards; the transaction's own where it changed anything.</param>
/// <param name="Reads">One result for each <see cref="Operation.Get"/> that was applied, in order.</param>
public sealed record TransactionResult(bool Succeeded, long Revision, IReadOnlyList<RangeResult> Reads);
