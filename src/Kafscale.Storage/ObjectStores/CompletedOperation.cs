namespace Kafscale.Storage.ObjectStores;

/// <summary>One request that a store has ended, for whoever counts or judges. A listing is one for each of its pages.</summary>
/// <param name="Operation">What was asked.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Duration">From the call to its end.</param>
/// <param name="Bytes">Bytes of the body that were written or read; 0 for other operations and failures.</param>
public readonly record struct CompletedOperation(
    ObjectStoreOperation Operation, ObjectStoreOutcome Outcome, TimeSpan Duration, long Bytes);
