namespace Kafscale.Metadata.Revisions;

/// <summary>What a transaction makes of a key space.</summary>
/// <param name="Next">The key space afterwards; the same one where nothing changed.</param>
/// <param name="Changes">The changes of the new revision, in the order in which they were made; none where there is no new one.</param>
/// <param name="Result">The answer to the transaction.</param>
internal sealed record KeySpaceStep(KeySpace Next, IReadOnlyList<MetadataChange> Changes, TransactionResult Result);
