using Kafscale.Broker.Concurrency;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>Records of the metadata store that any broker may change, and that this one knows once it has changed them.</summary>
internal sealed class MetadataRecords(IMetadataStore store, MetadataFollower follower, RetryBackoff backoff)
{
    private readonly CompareAndSwap _records = new(store, backoff);

    /// <summary>Changes a record, as <see cref="CompareAndSwap.ChangeAsync"/> does.</summary>
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
        var (error, revision) = await _records.ChangeAsync(key, owner, decide, deadline);
        await WaitUntilAppliedAsync(revision, deadline);
        return error;
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
