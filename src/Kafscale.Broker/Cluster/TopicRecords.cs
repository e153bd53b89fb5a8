using Google.Protobuf;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>Topics as they are in the metadata store: read linearizably, changed by compare-and-swap.</summary>
internal sealed class TopicRecords(IMetadataStore store, MetadataKeys keys, MetadataFollower follower, RetryBackoff backoff)
{
    // Each topic takes one comparison and one operation; values are bounded by ConfigChanges.MaxValueLength.
    private const int TopicsPerTransaction = 100;

    private readonly MetadataRecords _records = new(store, follower, backoff);

    public MetadataKeys Keys => keys;

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

        await _records.WaitUntilAppliedAsync(lastRevision, deadline);
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
    public Task<ApiError> ChangeAsync(string name, Func<StoredTopic?, bool, RecordChange> decide, Deadline deadline)
    {
        // Clients ask to change topics of any name; only one that a topic may have is part of a key.
        return TopicNames.FindFault(name) is not null
            ? Task.FromResult(decide(null, false).Error)
            : _records.ChangeAsync(
                keys.Topic(name),
                $"topic '{name}'",
                (stored, mayBeApplied) => decide(stored is null ? null : Parse(stored), mayBeApplied),
                deadline);
    }

    private static StoredTopic Parse(MetadataEntry entry) => new(TopicRecord.Parser.ParseFrom(entry.Value.Span), entry.ModRevision);

    private async Task<long> CreateAsync(List<KeyValuePair<string, TopicRecord>> wanted, Dictionary<string, ApiError> answers, Deadline deadline)
    {
        var unanswered = 0;
        var lastRevision = 0L;
        try
        {
            while (wanted.Count > 0 && unanswered < CompareAndSwap.MaxUnanswered)
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

        wanted.ForEach(topic => answers[topic.Key] = ApiError.MetadataTimeout($"topic '{topic.Key}'"));
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
}
