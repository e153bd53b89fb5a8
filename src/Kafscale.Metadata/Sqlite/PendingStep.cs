using Kafscale.Metadata.Revisions;

namespace Kafscale.Metadata.Sqlite;

/// <summary>A step that waits for the commit thread.</summary>
/// <param name="apply">Makes the step, from the newest key space at its turn.</param>
/// <param name="bytes">What it counts against the bound of the queue.</param>
/// <param name="endedLeaseId">The lease whose keys it deletes, or 0.</param>
internal sealed class PendingStep(Func<KeySpace, KeySpaceStep> apply, int bytes, long endedLeaseId = 0)
{
    private readonly TaskCompletionSource<TransactionResult> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Bytes { get; } = bytes;

    public long EndedLeaseId { get; } = endedLeaseId;

    /// <summary>Whether the caller gave up before it was this step's turn.</summary>
    public bool IsCancelled => _completion.Task.IsCanceled;

    public KeySpaceStep Apply(KeySpace keySpace) => apply(keySpace);

    public void Succeed(TransactionResult result) => _completion.TrySetResult(result);

    public void Fail(Exception exception)
    {
        _completion.TrySetException(exception);

        // The step of an expired lease has nobody who waits for it; its failure is dealt with by trying again.
        _ = _completion.Task.Exception;
    }

    public async Task<TransactionResult> WaitAsync(CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<TransactionResult>)state!).TrySetCanceled(token), _completion))
        {
            return await _completion.Task;
        }
    }
}
