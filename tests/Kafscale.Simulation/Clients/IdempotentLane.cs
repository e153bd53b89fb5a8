using Kafscale.Protocol.Messages;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>
/// With idempotence: up to five batches on their way at once. Where one of them fails, those that are not acknowledged are sent again one by one in
/// their order before anything new is, as Kafka's producer does; now and then they are given up, which takes a new epoch.
/// </summary>
internal sealed class IdempotentLane(Producer producer, LogKey log) : ProducerLane(producer, log)
{
    private const int MostInFlight = 5;
    private const double GiveUpShare = 0.02;

    private readonly List<PendingBatch> _unacknowledged = [];
    private short _epoch;
    private int _nextSequence;

    public override async Task RunAsync()
    {
        while (!IsGone && (_unacknowledged.Count > 0 || !Producer.IsStopRequested))
        {
            try
            {
                var connection = await ConnectAsync();
                if (_unacknowledged.Count > 0)
                {
                    await SendFirstAgainAsync(connection);
                }
                else
                {
                    await SendNewAsync(connection);
                }
            }
            catch (IOException)
            {
                await LookAgainAsync();
            }
        }
    }

    private async Task SendNewAsync(WireConnection connection)
    {
        await Client.PauseAsync(Producer.Options.Pause);
        var count = 1 + Client.Random.Next(MostInFlight);
        List<(PendingBatch Batch, Task<ProduceResponse.PartitionProduceResponse?> Answer)> inFlight = [];
        while (inFlight.Count < count && !inFlight.Exists(sent => sent.Answer.IsCompleted))
        {
            var batch = Build(_epoch, _nextSequence);
            _nextSequence += batch.Count;
            _unacknowledged.Add(batch);
            inFlight.Add((batch, SendAsync(connection, batch)));
            await Client.PauseAsync(TimeSpan.FromMilliseconds(100));
        }

        foreach (var (batch, answer) in inFlight)
        {
            // Behind one that has failed, others are out of order.
            if (Take(batch, await answer, mayBeOutOfOrder: _unacknowledged[0] != batch))
            {
                _unacknowledged.Remove(batch);
            }
        }

        if (_unacknowledged.Count > 0)
        {
            await LookAgainAsync();
        }
    }

    private async Task SendFirstAgainAsync(WireConnection connection)
    {
        if (Take(_unacknowledged[0], await SendAsync(connection, _unacknowledged[0])))
        {
            _unacknowledged.RemoveAt(0);
            return;
        }

        if (Client.Random.NextDouble() < GiveUpShare)
        {
            // As after delivery.timeout.ms: what became of them nobody knows, and what follows must not depend on it.
            _unacknowledged.Clear();
            _epoch++;
            _nextSequence = 0;
        }

        await LookAgainAsync();
    }
}
