namespace Kafscale.Storage.ObjectStores;

/// <summary>One operation that a store has ended, for whoever counts or judges.</summary>
/// <param name="Operation">What was asked.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Duration">From the call to its end.</param>
/// <param name="Bytes">Bytes of the body that were written or read; 0 for other operations and failures.</param>
/// <param name="Requests">Requests that it took: 1, and more for a listing of several pages.</param>
public readonly record struct CompletedOperation(
    ObjectStoreOperation Operation, ObjectStoreOutcome Outcome, TimeSpan Duration, long Bytes, int Requests);
