using System.Buffers;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>A producer with idempotence that sends one batch after another to each partition, each until it is acknowledged.</summary>
internal sealed class IdempotentProducer(int id, ClusterClient client, ClientHistory history, string topic)
{
    private const short ProduceVersion = 9;

    private readonly List<Task> _partitions = [];
    private bool _stopRequested;

    /// <summary>Produces until <see cref="Stop"/>; completes when everything that was begun is acknowledged.</summary>
    /// <param name="pause">The mean time between two batches of a partition.</param>
    public async Task RunAsync(TimeSpan pause)
    {
        var (producerId, epoch) = await InitializeAsync();
        while (client.TopicOf(topic) is null)
        {
            await RefreshAsync();
        }

        var partitions = client.TopicOf(topic)!.Leaders.Count;
        for (var partition = 0; partition < partitions; partition++)
        {
            _partitions.Add(ProduceAsync(partition, producerId, epoch, pause));
        }

        await Task.WhenAll(_partitions);
    }

    public void Stop() => _stopRequested = true;

    private async Task ProduceAsync(int partition, long producerId, short epoch, TimeSpan pause)
    {
        var number = 0;
        while (!_stopRequested)
        {
            await Task.Delay(pause * (2 * client.Random.NextDouble()), client.Process.Clock);
            var count = 1 + client.Random.Next(10);
            var first = new RecordId(id, number);
            var builder = new RecordBatchBuilder { ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = number };
            var batch = SimulatedRecords.Build(
                builder, client.Process.Clock.GetUtcNow().ToUnixTimeMilliseconds(), first, count, client.Random.Next(200));
            var (log, offset) = await SendAsync(partition, batch);
            history.Acknowledged(log, offset, first, count);
            number += count;
        }
    }

    private async Task<(LogKey Log, long Offset)> SendAsync(int partition, byte[] batch)
    {
        while (true)
        {
            try
            {
                var known = client.TopicOf(topic)!;
                var request = new ProduceRequest { Acks = -1, TimeoutMs = 30_000 };
                request.TopicData.Add(new ProduceRequest.TopicProduceData
                {
                    Name = topic,
                    PartitionData = [new() { Index = partition, Records = new ReadOnlySequence<byte>(batch) }],
                });
                var response = await client.SendAsync<ProduceResponse>(known.Leaders[partition], request, ProduceVersion);
                var answer = response.Responses[0].PartitionResponses[0];
                if (answer.ErrorCode is ErrorCode.None or ErrorCode.DuplicateSequenceNumber)
                {
                    return (new LogKey(known.TopicId, partition), answer.BaseOffset);
                }

                client.Process.Scheduler.Trace.Write(client.Process.Name, $"produce to {partition}: {answer.ErrorCode}");
            }
            catch (IOException)
            {
                // Sent again: the broker knows whether it has it.
            }

            await client.BackOffAsync();
            await RefreshAsync();
        }
    }

    private async Task<(long ProducerId, short Epoch)> InitializeAsync()
    {
        while (true)
        {
            try
            {
                var response = await client.SendToAnyAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 }, 4);
                if (response.ErrorCode == ErrorCode.None)
                {
                    return (response.ProducerId, response.ProducerEpoch);
                }
            }
            catch (IOException)
            {
                // Tried again, as with any other error.
            }

            await client.BackOffAsync();
        }
    }

    private async Task RefreshAsync()
    {
        try
        {
            await client.RefreshAsync(topic);
        }
        catch (IOException)
        {
            await client.BackOffAsync();
        }
    }
}
