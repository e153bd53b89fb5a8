using System.Globalization;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Support;

/// <summary>An idempotent producer that pipelines up to five batches a partition, and sends what was not acknowledged again in order.</summary>
internal sealed class HistoryProducer(int id, Dictionary<(int Partition, long Offset), string> acknowledged)
{
    private const int MostInFlight = 5;

    private readonly Dictionary<int, List<Batch>> _waiting = [];
    private readonly Dictionary<int, int> _nextSequence = [];

    /// <summary>Sends what waits for a partition and new batches behind it, all at once.</summary>
    public async Task SendAsync(TestBroker broker, int partition, int newBatches, int recordsPerBatch)
    {
        var waiting = Waiting(partition);
        while (waiting.Count < MostInFlight && newBatches-- > 0)
        {
            var sequence = _nextSequence.GetValueOrDefault(partition);
            var values = Enumerable.Range(sequence, recordsPerBatch).Select(number => ValueOf(partition, number)).ToArray();
            waiting.Add(new Batch(sequence, values));
            _nextSequence[partition] = sequence + recordsPerBatch;
        }

        // What a client has on its way when the first of its batches fails comes in order.
        var sent = waiting.ToList();
        var responses = await Task.WhenAll(sent.Select(batch => broker.ProduceAsync("orders", partition, Batches.Idempotent(id, 0, batch.Sequence, batch.Values))));
        for (var i = 0; i < sent.Count; i++)
        {
            var response = responses[i];
            if (response.ErrorCode != ErrorCode.None)
            {
                Assert.Contains(
                    response.ErrorCode,
                    (ErrorCode[])[ErrorCode.NotLeaderOrFollower, ErrorCode.NotEnoughReplicas, ErrorCode.RequestTimedOut, ErrorCode.OutOfOrderSequenceNumber]);
                continue;
            }

            waiting.Remove(sent[i]);
            lock (acknowledged)
            {
                for (var record = 0; record < sent[i].Values.Length; record++)
                {
                    var place = (partition, response.BaseOffset + record);
                    Assert.True(
                        acknowledged.TryAdd(place, sent[i].Values[record]),
                        $"{sent[i].Values[record]} and {acknowledged.GetValueOrDefault(place)} were both acknowledged at {place}.");
                }
            }
        }
    }

    /// <summary>Sends what is not acknowledged until it is.</summary>
    public async Task FinishAsync(TestBroker broker)
    {
        foreach (var (partition, waiting) in _waiting)
        {
            await TestBroker.UntilAsync(async () =>
            {
                await SendAsync(broker, partition, 0, 0);
                return waiting.Count == 0;
            });
        }
    }

    /// <summary>What is stored of this producer is the beginning of what it sent, each record once.</summary>
    public void AssertStoredInOrder(int partition, IReadOnlyList<string> values)
    {
        var stored = values.Where(value => value.StartsWith($"{id}:", StringComparison.Ordinal)).ToList();
        Assert.Equal(Enumerable.Range(0, stored.Count).Select(number => ValueOf(partition, number)), stored);
    }

    private string ValueOf(int partition, int number) => string.Create(CultureInfo.InvariantCulture, $"{id}:{partition}:{number}");

    private List<Batch> Waiting(int partition)
    {
        if (!_waiting.TryGetValue(partition, out var waiting))
        {
            _waiting.Add(partition, waiting = []);
        }

        return waiting;
    }

    private sealed record Batch(int Sequence, string[] Values);
}
