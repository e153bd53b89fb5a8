using System.Buffers;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>What a producer does for one partition.</summary>
internal abstract class ProducerLane(Producer producer, LogKey log)
{
    private const short ProduceVersion = 13;
    private const int MostRecords = 10;
    private const int MostPaddingBytes = 200;

    private static readonly ErrorCode[] ExpectedErrors =
    [
        ErrorCode.NotLeaderOrFollower, ErrorCode.UnknownTopicId, ErrorCode.UnknownTopicOrPartition, ErrorCode.NotEnoughReplicas, ErrorCode.RequestTimedOut,
    ];

    private int _nextNumber;

    protected Producer Producer => producer;

    protected ClusterClient Client => producer.Client;

    protected LogKey Log => log;

    /// <summary>Whether the topic is deleted, so that nothing that is on its way will ever be acknowledged.</summary>
    protected bool IsGone { get; private set; }

    /// <summary>Produces until the producer is stopped and everything is acknowledged, or the topic is gone.</summary>
    public abstract Task RunAsync();

    /// <summary>Makes the next batch.</summary>
    protected PendingBatch Build(short producerEpoch, int baseSequence)
    {
        var count = 1 + Client.Random.Next(MostRecords);
        var first = new RecordId(producer.Options.Id, _nextNumber);
        _nextNumber += count;
        var builder = new RecordBatchBuilder { ProducerId = producer.ProducerId, ProducerEpoch = producerEpoch, BaseSequence = baseSequence };
        var bytes = SimulatedRecords.Build(
            builder, Client.Process.Clock.GetUtcNow().ToUnixTimeMilliseconds(), first, count, Client.Random.Next(MostPaddingBytes));
        Client.History.Sends(log, first, count, producer.Options.IsIdempotent);
        return new PendingBatch(first, count, bytes);
    }

    /// <summary>The connection with the leader, as far as it is known.</summary>
    /// <exception cref="IOException">There is none now.</exception>
    protected Task<WireConnection> ConnectAsync()
    {
        var known = Client.TopicOf(producer.Options.Topic);
        return known is not null && known.TopicId == log.TopicId
            ? Client.ConnectAsync(known.LeaderOf(log.Partition))
            : throw new IOException("The leader is not known.");
    }

    /// <summary>Sends a batch; the requests of two calls come in their order.</summary>
    /// <returns>The answer; null where there was none, so that the outcome is unknown.</returns>
    protected async Task<ProduceResponse.PartitionProduceResponse?> SendAsync(WireConnection connection, PendingBatch batch)
    {
        try
        {
            var response = await connection.SendAsync<ProduceResponse>(RequestFor(batch), ProduceVersion, ClusterClient.RequestTimeout);
            return response.Responses[0].PartitionResponses[0];
        }
        catch (IOException)
        {
            return null;
        }
    }

    protected Task SendUnansweredAsync(WireConnection connection, PendingBatch batch) => connection.SendUnansweredAsync(RequestFor(batch), ProduceVersion);

    /// <summary>Takes note of an answer.</summary>
    /// <returns>Whether the batch is acknowledged.</returns>
    protected bool Take(PendingBatch batch, ProduceResponse.PartitionProduceResponse? answer, bool mayBeOutOfOrder = false)
    {
        if (answer is null)
        {
            return false;
        }

        if (answer.ErrorCode == ErrorCode.None)
        {
            Client.History.Acknowledged(log, answer.BaseOffset, batch.First, batch.Count);
            return true;
        }

        if (!mayBeOutOfOrder || answer.ErrorCode != ErrorCode.OutOfOrderSequenceNumber)
        {
            Client.Note($"Produce to {log}", answer.ErrorCode, ExpectedErrors);
        }

        return false;
    }

    /// <summary>Waits and looks for the leader, and whether the topic is still there.</summary>
    protected async Task LookAgainAsync()
    {
        await Client.BackOffAsync();
        if (await Client.TryRefreshAsync(producer.Options.Topic))
        {
            // Where nobody has asked for that, it must come back.
            IsGone = Client.TopicOf(producer.Options.Topic)?.TopicId != log.TopicId && Client.History.DeletedTopics.Contains(log.TopicId);
        }
    }

    private ProduceRequest RequestFor(PendingBatch batch)
    {
        var request = new ProduceRequest { Acks = producer.Options.Acks, TimeoutMs = 30_000 };
        request.TopicData.Add(new ProduceRequest.TopicProduceData
        {
            TopicId = log.TopicId,
            PartitionData = [new() { Index = log.Partition, Records = new ReadOnlySequence<byte>(batch.Bytes) }],
        });
        return request;
    }

    protected sealed record PendingBatch(RecordId First, int Count, byte[] Bytes);
}
