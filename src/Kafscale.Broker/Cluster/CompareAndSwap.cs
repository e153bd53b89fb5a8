using Kafscale.Broker.Concurrency;
using Kafscale.Metadata;

namespace Kafscale.Broker.Cluster;

/// <summary>Changes records of the metadata store against the version that was read, again where somebody else changed them in between.</summary>
internal sealed class CompareAndSwap(IMetadataStore store, RetryBackoff backoff)
{
    /// <summary>How often the store may leave a request unanswered before it is given up. A conflict means that somebody else got on, and is tried again until the deadline.</summary>
    public const int MaxUnanswered = 3;

    /// <summary>Changes a record.</summary>
    /// <param name="key">Where it is.</param>
    /// <param name="owner">Whose it is, for a person, such as "topic 'a'".</param>
    /// <param name="decide">
    /// Says what to write, given the record (<see langword="null"/>: there is none) and whether an earlier attempt may have been
    /// applied already.
    /// </param>
    /// <param name="deadline">When to give up.</param>
    /// <returns>
    /// None once it is stored, or why it is not; and the revision of the record that this is about, 0 where there is none or none is known.
    /// </returns>
    public async Task<(ApiError Error, long Revision)> ChangeAsync(
        string key, string owner, Func<MetadataEntry?, bool, RecordChange> decide, Deadline deadline)
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
                    var storedRevision = stored?.ModRevision ?? 0;
                    var (error, operations) = decide(stored, mayBeApplied);
                    if (operations.Count == 0)
                    {
                        return (error, storedRevision);
                    }

                    isCommitting = true;
                    var result = await store.CommitAsync(
                        new MetadataTransaction { Comparisons = [Comparison.ModRevision(key, storedRevision)], Then = operations },
                        deadline.Token);
                    if (result.Succeeded)
                    {
                        return (ApiError.None, result.Revision);
                    }
                }
                catch (MetadataUnavailableException)
                {
                    mayBeApplied |= isCommitting;
                    if (++unanswered == MaxUnanswered)
                    {
                        return (ApiError.MetadataTimeout(owner), 0);
                    }
                }

                await backoff.WaitAsync(attempt, deadline.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            return (ApiError.MetadataTimeout(owner), 0);
        }
    }
}
