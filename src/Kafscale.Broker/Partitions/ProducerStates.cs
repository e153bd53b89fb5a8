using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// What a partition remembers of its idempotent producers (KIP-98): the last batches of each, committed or still
/// on their way, so that a retried batch is stored once and a gap is noticed.
/// </summary>
/// <remarks>Invariant 3. Not thread-safe; guarded by its partition's lock.</remarks>
internal sealed class ProducerStates
{
    /// <summary>How many batches a client may have in flight, so how many must be recognised again.</summary>
    public const int BatchesPerProducer = 5;

    private readonly Dictionary<long, ProducerState> _producers = [];

    /// <summary>Every remembered batch, oldest first within a producer.</summary>
    public IEnumerable<WalProducerBatch> Batches => _producers.Values.SelectMany(producer => producer.Batches);

    /// <summary>Decides about a batch before it gets an offset; changes nothing.</summary>
    /// <param name="duplicate">Where the batch is stored already.</param>
    public SequenceCheck Check(long producerId, short producerEpoch, int baseSequence, int lastSequence, out WalProducerBatch duplicate)
    {
        duplicate = default;
        if (!_producers.TryGetValue(producerId, out var producer))
        {
            // Nothing is known: either it is new, or it was forgotten. Kafka accepts any sequence then, and so do we.
            return SequenceCheck.Append;
        }

        if (producerEpoch < producer.Epoch)
        {
            return SequenceCheck.Fenced;
        }

        if (producerEpoch > producer.Epoch)
        {
            return baseSequence == 0 ? SequenceCheck.Append : SequenceCheck.OutOfOrder;
        }

        foreach (var batch in producer.Batches)
        {
            if (batch.ProducerEpoch == producerEpoch && batch.BaseSequence == baseSequence && batch.LastSequence == lastSequence)
            {
                duplicate = batch;
                return SequenceCheck.Duplicate;
            }
        }

        return baseSequence == producer.NextSequence ? SequenceCheck.Append : SequenceCheck.OutOfOrder;
    }

    /// <summary>Remembers a batch that was appended or recovered.</summary>
    public void Add(in WalProducerBatch batch)
    {
        if (!_producers.TryGetValue(batch.ProducerId, out var producer))
        {
            _producers.Add(batch.ProducerId, producer = new ProducerState());
        }

        producer.Batches.Add(batch);
        producer.Epoch = batch.ProducerEpoch;
        producer.NextSequence = Next(batch.LastSequence);
    }

    /// <summary>Forgets what is older than a producer's last five batches and committed; called when a commit is known.</summary>
    /// <param name="producerId">Whose.</param>
    /// <param name="highWatermark">Batches below it are committed.</param>
    public void Trim(long producerId, long highWatermark)
    {
        if (_producers.TryGetValue(producerId, out var producer))
        {
            var committed = producer.Batches.Count(batch => batch.LastOffset < highWatermark);
            producer.Batches.RemoveRange(0, Math.Max(0, committed - (PlantedDefects.DedupeWindowOfOne ? 1 : BatchesPerProducer)));
        }
    }

    /// <summary>Forgets batches at and behind an offset, which were appended and never committed.</summary>
    /// <remarks>
    /// The first of them is what the producer must send next, also where nothing older of it is known: were a later
    /// batch that is already on its way accepted first, the retry of this one would be out of order for ever.
    /// </remarks>
    public void RollBackTo(long endOffset)
    {
        foreach (var producer in _producers.Values)
        {
            var kept = producer.Batches.FindIndex(batch => batch.BaseOffset >= endOffset);
            if (kept >= 0)
            {
                var first = producer.Batches[kept];
                producer.Epoch = first.ProducerEpoch;
                producer.NextSequence = first.BaseSequence;
                producer.RolledBackAtMs = first.AppendedAtMs;
                producer.Batches.RemoveRange(kept, producer.Batches.Count - kept);
            }
        }
    }

    /// <summary>
    /// Remembers what a producer of which nothing is stored has to send next, because that batch was refused: a later one that is on
    /// its way already must not be taken for the first.
    /// </summary>
    public void Expect(in ExpectedSequence expected)
    {
        if (!_producers.ContainsKey(expected.ProducerId))
        {
            _producers.Add(expected.ProducerId, new ProducerState
            {
                Epoch = expected.ProducerEpoch,
                NextSequence = expected.BaseSequence,
                RolledBackAtMs = expected.RefusedAtMs,
            });
        }
    }

    /// <summary>What producers of which nothing is stored have to send next.</summary>
    public IEnumerable<ExpectedSequence> Expected =>
        from producer in _producers
        where producer.Value.Batches.Count == 0
        select new ExpectedSequence(producer.Key, producer.Value.Epoch, producer.Value.NextSequence, producer.Value.RolledBackAtMs);

    /// <summary>Forgets producers whose last batch is committed and older than <paramref name="oldestTimestampMs"/>.</summary>
    public void Expire(long oldestTimestampMs, long highWatermark)
    {
        foreach (var (producerId, producer) in _producers)
        {
            var expired = producer.Batches.Count == 0
                ? producer.RolledBackAtMs < oldestTimestampMs
                : producer.Batches[^1].AppendedAtMs < oldestTimestampMs && producer.Batches[^1].LastOffset < highWatermark;
            if (expired)
            {
                _producers.Remove(producerId);
            }
        }
    }

    private static int Next(int sequence) => sequence == int.MaxValue ? 0 : sequence + 1;

    private sealed class ProducerState
    {
        // Oldest first; empty only where everything that is known of the producer was rolled back.
        public List<WalProducerBatch> Batches { get; } = [];

        public short Epoch { get; set; }

        public int NextSequence { get; set; }

        public long RolledBackAtMs { get; set; }
    }
}
