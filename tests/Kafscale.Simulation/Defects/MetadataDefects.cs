using Google.Protobuf;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Simulation.Defects;

/// <summary>What goes wrong between brokers and the metadata store.</summary>
internal static class MetadataDefects
{
    private const int LostPositionsInterval = 3;
    private const int BatchesHeardLate = 3;

    private static readonly MetadataKeys Keys = new("/kafscale/default");

    public static IReadOnlyList<Defect> All { get; } =
    [
        new("fence-not-compared", "A transaction does not compare the session.")
        {
            Metadata = (store, _) => new DefectiveMetadataStore(store) { Rewrite = transaction => Without(transaction, Keys.Sessions) },
        },
        new("acknowledge-before-commit", "Producers are told that records are stored when the commit is sent.")
        {
            Metadata = (store, _) => new DefectiveMetadataStore(store)
            {
                Commit = (store, transaction, cancellationToken) => Changes(transaction, Keys.Commits) ? Begin(store, transaction) : store.CommitAsync(transaction, cancellationToken),
            },
        },
        new("unknown-commit-acknowledged", "A commit whose outcome is unknown is taken for done.")
        {
            Metadata = (store, _) => new DefectiveMetadataStore(store) { Commit = CommitOrPretendAsync },
        },
        new("commits-heard-late", "A new leader does not wait until it knows of the commits before its own time.")
        {
            Metadata = (store, _) =>
            {
                var late = new Queue<IReadOnlyList<MetadataChange>>();
                return new DefectiveMetadataStore(store) { Hear = batch => HearLate(batch, late) };
            },
        },
        new("lease-counted-too-long", "A broker counts on its lease for longer than it lasts.")
        {
            Metadata = (store, _) => new DefectiveMetadataStore(store) { LeaseShare = 0.4 },
        },
        new("position-not-stored", "Now and then a group's position is acknowledged and not stored.")
        {
            Metadata = (store, _) =>
            {
                var commits = 0;
                return new DefectiveMetadataStore(store)
                {
                    Rewrite = transaction => Changes(transaction, Keys.Offsets) && ++commits % LostPositionsInterval == 0 ? WithoutChanges(transaction, Keys.Offsets) : transaction,
                };
            },
        },
        new("log-start-not-followed", "Only a partition's leader hears that its log start offset has moved.")
        {
            Metadata = (store, brokerId) => new DefectiveMetadataStore(store)
            {
                Hear = batch => batch with { Changes = [.. batch.Changes.Select(change => WithoutLogStart(change, brokerId))] },
            },
        },
        new("producers-not-committed", "Commits do not tell which batches of idempotent producers they hold, so a new leader does not know them.")
        {
            Metadata = (store, _) => new DefectiveMetadataStore(store) { Rewrite = WithoutProducers },
        },
        new("epoch-not-raised", "A new leader keeps its predecessor's epoch.")
        {
            Metadata = (store, _) =>
            {
                var epochs = new Dictionary<string, int>();
                return new DefectiveMetadataStore(store) { Hear = batch => Remember(batch, epochs), Rewrite = transaction => WithEpochs(transaction, epochs) };
            },
        },
    ];

    private static bool Changes(MetadataTransaction transaction, string prefix) =>
        transaction.Then.Any(operation => operation is Operation.Put put && put.Key.StartsWith(prefix, StringComparison.Ordinal));

    // That a key is missing is still compared: nobody registers under a name that is taken.
    private static MetadataTransaction Without(MetadataTransaction transaction, string comparedPrefix) => transaction with
    {
        Comparisons = [.. transaction.Comparisons.Where(comparison => comparison.Revision == 0 || !comparison.Key.StartsWith(comparedPrefix, StringComparison.Ordinal))],
    };

    private static MetadataTransaction WithoutChanges(MetadataTransaction transaction, string prefix) => transaction with
    {
        Then = [.. transaction.Then.Where(operation => operation is not Operation.Put put || !put.Key.StartsWith(prefix, StringComparison.Ordinal))],
    };

    private static MetadataTransaction WithPuts(MetadataTransaction transaction, string prefix, Func<Operation.Put, byte[]> rewrite) => transaction with
    {
        Then = [.. transaction.Then.Select(operation =>
            operation is Operation.Put put && put.Key.StartsWith(prefix, StringComparison.Ordinal) ? put with { Value = rewrite(put) } : operation)],
    };

    private static ValueTask<TransactionResult> Begin(IMetadataStore store, MetadataTransaction transaction)
    {
        _ = TryAsync();
        return new(new TransactionResult(true, 0, []));

        async Task TryAsync()
        {
            try
            {
                await store.CommitAsync(transaction, CancellationToken.None);
            }
            catch (MetadataUnavailableException)
            {
                // Nobody looks at it: that is the defect.
            }
        }
    }

    private static async ValueTask<TransactionResult> CommitOrPretendAsync(IMetadataStore store, MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            return await store.CommitAsync(transaction, cancellationToken);
        }
        catch (MetadataUnavailableException) when (Changes(transaction, Keys.Commits))
        {
            return new TransactionResult(true, 0, []);
        }
    }

    private static WatchBatch HearLate(WatchBatch batch, Queue<IReadOnlyList<MetadataChange>> late)
    {
        late.Enqueue([.. batch.Changes.Where(IsCommit)]);
        var due = late.Count > BatchesHeardLate ? late.Dequeue() : [];
        return batch with { Changes = [.. due, .. batch.Changes.Where(change => !IsCommit(change))] };

        static bool IsCommit(MetadataChange change) => change.Entry is not null && change.Key.StartsWith(Keys.Commits, StringComparison.Ordinal);
    }

    private static MetadataChange WithoutLogStart(MetadataChange change, int brokerId)
    {
        if (change.Entry is not { } entry || !change.Key.StartsWith(Keys.Partitions, StringComparison.Ordinal))
        {
            return change;
        }

        var record = PartitionRecord.Parser.ParseFrom(entry.Value.Span);
        if (record.Leader != brokerId)
        {
            record.LogStartOffset = 0;
        }

        return change with { Entry = entry with { Value = record.ToByteArray() } };
    }

    private static MetadataTransaction WithoutProducers(MetadataTransaction transaction) => WithPuts(transaction, Keys.Commits, put =>
    {
        var record = CommitRecord.Parser.ParseFrom(put.Value.Span);
        foreach (var slice in record.Topics.SelectMany(topic => topic.Slices))
        {
            slice.ProducerBatches.Clear();
        }

        return record.ToByteArray();
    });

    private static WatchBatch Remember(WatchBatch batch, Dictionary<string, int> epochs)
    {
        foreach (var change in batch.Changes.Where(change => change.Entry is not null && change.Key.StartsWith(Keys.Partitions, StringComparison.Ordinal)))
        {
            epochs[change.Key] = PartitionRecord.Parser.ParseFrom(change.Entry!.Value.Span).LeaderEpoch;
        }

        return batch;
    }

    private static MetadataTransaction WithEpochs(MetadataTransaction transaction, Dictionary<string, int> epochs) => WithPuts(transaction, Keys.Partitions, put =>
    {
        var record = PartitionRecord.Parser.ParseFrom(put.Value.Span);
        record.LeaderEpoch = epochs.GetValueOrDefault(put.Key, record.LeaderEpoch);
        return record.ToByteArray();
    });
}
