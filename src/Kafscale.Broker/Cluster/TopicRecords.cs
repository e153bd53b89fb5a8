using Google.Protobuf;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>Topics as they are in the metadata store: read linearizably, changed by compare-and-swap.</summary>
internal sealed class TopicRecords(IMetadataStore store, MetadataKeys keys, MetadataFollower follower, RetryBackoff backoff)
{
    // A conflict means that somebody else got on, and is tried again until the deadline; silence is not.
    private const int MaxUnanswered = 3;

    // Each topic takes one comparison and one operation; values are bounded by TopicConfigChanges.MaxValueLength.
    private const int TopicsPerTransaction = 100;

    public MetadataKeys Keys => keys;

    /// <summary>Reads a topic; <see langword="null"/>: there is none of that name.</summary>
    /// <exception cref="MetadataUnavailableException">The store does not answer.</exception>
    public async Task<StoredTopic?> FindAsync(string name, CancellationToken cancellationToken)
    {
        // Clients ask to change topics of any name; only one that a topic may have is part of a key.
        if (TopicNames.FindFault(name) is not null)
        {
            return null;
        }

        var found = await store.RangeAsync(KeyRange.Key(keys.Topic(name)), 0, 0, cancellationToken);
        return found.Entries.Count == 0 ? null : Parse(found.Entries[0]);
    }

    /// <summary>Creates topics that do not exist; of several who create the same one, exactly one does.</summary>
    /// <param name="topics">Names, all different, with their records.</param>
    /// <param name="deadline">When to give up.</param>
    /// <returns>An answer for every name.</returns>
    public async Task<Dictionary<string, ApiError>> CreateAsync(IEnumerable<KeyValuePair<string, TopicRecord>> topics, Deadline deadline)
    {
        var answers = new Dictionary<string, ApiError>(StringComparer.Ordinal);
        var lastRevision = 0L;
        foreach (var some in topics.Chunk(TopicsPerTransaction))
        {
            lastRevision = Math.Max(lastRevision, await CreateAsync([.. some], answers, deadline));
        }

        await WaitUntilAppliedAsync(lastRevision, deadline);
        return answers;
    }

    /// <summary>Changes a topic against the version that was read, again where somebody else changed it in between.</summary>
    /// <param name="name">The topic.</param>
    /// <param name="decide">
    /// Says what to write, given the topic (<see langword="null"/>: there is none) and whether an earlier attempt may have been
    /// applied already.
    /// </param>
    /// <param name="deadline">When to give up.</param>
    /// <returns>None once the change is stored and, in time, known to this broker.</returns>
    public async Task<ApiError> ChangeAsync(string name, Func<StoredTopic?, bool, TopicChange> decide, Deadline deadline)
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
                    isCommitting = false;
                    var stored = await FindAsync(name, deadline.Token);
                    var (error, operations) = decide(stored, mayBeApplied);
                    if (operations.Count == 0)
                    {
                        await WaitUntilAppliedAsync(stored?.Revision ?? 0, deadline);
                        return error;
                    }

                    isCommitting = true;
                    var result = await store.CommitAsync(
                        new MetadataTransaction
                        {
                            Comparisons = [Comparison.ModRevision(keys.Topic(name), stored?.Revision ?? 0)],
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
                        return ApiError.MetadataTimeout(name);
                    }
                }

                await backoff.WaitAsync(attempt, deadline.Token);
            }
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            return ApiError.MetadataTimeout(name);
        }
    }

    private static StoredTopic Parse(MetadataEntry entry) => new(TopicRecord.Parser.ParseFrom(entry.Value.Span), entry.ModRevision);

    private async Task<long> CreateAsync(List<KeyValuePair<string, TopicRecord>> wanted, Dictionary<string, ApiError> answers, Deadline deadline)
    {
        var unanswered = 0;
        var lastRevision = 0L;
        try
        {
            while (wanted.Count > 0 && unanswered < MaxUnanswered)
            {
                try
                {
                    var result = await store.CommitAsync(CreationOf(wanted), deadline.Token);
                    if (result.Succeeded)
                    {
                        wanted.ForEach(topic => answers[topic.Key] = ApiError.None);
                        return result.Revision;
                    }

                    // At least one exists, so every round leaves fewer.
                    var existing = result.Reads.SelectMany(read => read.Entries).ToDictionary(entry => entry.Key);
                    lastRevision = Math.Max(lastRevision, existing.Values.Max(entry => entry.ModRevision));
                    wanted = AnswerExisting(wanted, existing, answers);
                }
                catch (MetadataUnavailableException)
                {
                    await backoff.WaitAsync(unanswered++, deadline.Token);
                }
            }
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            // Whatever has no answer yet gets one below.
        }

        wanted.ForEach(topic => answers[topic.Key] = ApiError.MetadataTimeout(topic.Key));
        return lastRevision;
    }

    private MetadataTransaction CreationOf(List<KeyValuePair<string, TopicRecord>> topics) => new()
    {
        Comparisons = [.. topics.Select(topic => Comparison.Missing(keys.Topic(topic.Key)))],
        Then = [.. topics.Select(topic => new Operation.Put(keys.Topic(topic.Key), topic.Value.ToByteArray()))],
        Else = [.. topics.Select(topic => new Operation.Get(KeyRange.Key(keys.Topic(topic.Key))))],
    };

    private List<KeyValuePair<string, TopicRecord>> AnswerExisting(
        List<KeyValuePair<string, TopicRecord>> topics, Dictionary<string, MetadataEntry> existing, Dictionary<string, ApiError> answers)
    {
        var missing = new List<KeyValuePair<string, TopicRecord>>();
        foreach (var topic in topics)
        {
            if (!existing.TryGetValue(keys.Topic(topic.Key), out var entry))
            {
                missing.Add(topic);
                continue;
            }

            // One with the id that was to be given is that of an earlier attempt, whose answer got lost.
            answers[topic.Key] = Parse(entry).Record.TopicId == topic.Value.TopicId ? ApiError.None : ApiError.TopicExists(topic.Key);
        }

        return missing;
    }

    // The change is stored: that this broker does not know it in time is no failure of the request.
    private async Task WaitUntilAppliedAsync(long revision, Deadline deadline)
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
