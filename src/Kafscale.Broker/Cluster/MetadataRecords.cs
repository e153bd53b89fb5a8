using Kafscale.Broker.Concurrency;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>Records of the metadata store that any broker may change: read linearizably, changed by compare-and-swap.</summary>
internal sealed class MetadataRecords(IMetadataStore store, MetadataFollower follower, RetryBackoff backoff)
{
    /// <summary>How often the store may leave a request unanswered before it is given up. A conflict means that somebody else got on, and is tried again until the deadline.</summary>
    public const int MaxUnanswered = 3;

    /// <summary>Changes a record against the version that was read, again where somebody else changed it in between.</summary>
    /// <param name="key">Where it is.</param>
    /// <param name="owner">Whose it is, for a person, such as "topic 'a'".</param>
    /// <param name="decide">
    /// Says what to write, given the record (<see langword="null"/>: there is none) and whether an earlier attempt may have been
    /// applied already.
    /// </param>
    /// <param name="deadline">When to give up.</param>
    /// <returns>None once the change is stored and, in time, known to this broker.</returns>
    public async Task<ApiError> ChangeAsync(string key, string owner, Func<MetadataEntry?, bool, RecordChange> decide, Deadline deadline)
    {
        var unanswered = 0;
        var mayBeApplied = false;
        var isCommitting = false;
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    // One deadline is often that of many changes; where an earlier one has used it up, this one is not begun.
                    deadline.Token.ThrowIfCancellationRequested();
                    isCommitting = false;
                    var found = await store.RangeAsync(KeyRange.Key(key), 0, 0, deadline.Token);
                    var stored = found.Entries.Count == 0 ? null : found.Entries[0];
                    var (error, operations) = decide(stored, mayBeApplied);
                    if (operations.Count == 0)
                    {
                        await WaitUntilAppliedAsync(stored?.ModRevision ?? 0, deadline);
                        return error;
                    }

                    isCommitting = true;
                    var result = await store.CommitAsync(
                        new MetadataTransaction
                        {
                            Comparisons = [Comparison.ModRevision(key, stored?.ModRevision ?? 0)],
                            Then = operations,
                        },
                        deadline.Token);
                    if (result.Succeeded)
                    {
                        await WaitUntilAppliedAsync(result.Revision, deadline);
                        return ApiError.None;
                    }
                }
                catch (MetadataUnavailableException)
                {
                    mayBeApplied |= isCommitting;
                    if (++unanswered == MaxUnanswered)
                    {
                        return ApiError.MetadataTimeout(owner);
                    }
                }

                await backoff.WaitAsync(attempt, deadline.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            return ApiError.MetadataTimeout(owner);
        }
    }

    /// <summary>Waits until this broker knows of a change. The change is stored: that it is not known in time is no failure.</summary>
    public async Task WaitUntilAppliedAsync(long revision, Deadline deadline)
    {
        try
        {
            await follower.WaitForRevisionAsync(revision, deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
        }
    }
}
