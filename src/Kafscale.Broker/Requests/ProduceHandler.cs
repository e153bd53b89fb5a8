using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Network;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Telemetry;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Storage.Health;
using static Kafscale.Protocol.Messages.ProduceRequest;
using static Kafscale.Protocol.Messages.ProduceResponse;

namespace Kafscale.Broker.Requests;

/// <summary>
/// Appends records and answers once they are committed. acks=1 and acks=all mean the same; with acks=0 there is no answer.
/// </summary>
internal sealed class ProduceHandler(
    ClusterState cluster,
    LeaderHints leaders,
    LeadershipMoves moves,
    ProducerLoader producers,
    RecordsAppender appender,
    MessageSetAppender messageSets,
    Backpressure backpressure,
    BrokerMetrics metrics,
    BrokerTracing tracing,
    TimeProvider timeProvider)
    : RequestHandler<ProduceRequest, ProduceResponse>
{
    private const int FirstVersionWithBatches = 3;
    private const int FirstVersionWithTopicIds = 13;

    private readonly Func<PartitionLog, PartitionLog?> _chooseMoving = log => moves.IsMoving(log) ? log : null;

    public override bool MayOverlap => true;

    // Where the append buffer is full, a batch waits for room with its bytes still in the connection's buffers.
    public override bool HoldsPayload => true;

    protected override bool ReusesRequests => true;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    protected override async ValueTask<IResponseMessage?> HandleAsync(RequestContext context, ProduceRequest request, CancellationToken cancellationToken)
    {
        var startedAt = timeProvider.GetTimestamp();
        using var span = tracing.Begin(context, request);
        if (backpressure.Status is { IsHealthy: true } status)
        {
            await WaitForMovesAsync(context, request, cancellationToken);
            await LoadProducersAsync(context, request, status, cancellationToken);
        }

        var response = new ProduceResponse();
        var appends = new PendingAppend[CountPartitions(request)];
        var count = await AppendAsync(context, request, response, appends, span, cancellationToken);
        context.PayloadConsumed();
        for (var i = 0; i < count; i++)
        {
            var outcome = appends[i].Flush is { } flush ? await flush.Outcome : ErrorCode.None;
            Settle(context, response, appends[i], outcome);
        }

        if (context.ApiVersion < OlderErrorCodes.FirstProduceVersionWithStorageError)
        {
            OlderErrorCodes.Apply(response, context.ApiVersion);
        }

        tracing.End(span, response);
        var endedAt = timeProvider.GetTimestamp();
        metrics.Requests.OnProduced(timeProvider.GetElapsedTime(startedAt, endedAt));
        if (count > 0 && appends[count - 1].Flush is { } last)
        {
            metrics.Flushes.OnAcknowledged(last, endedAt);
        }

        if (request.Acks != 0)
        {
            return response;
        }

        // There is no answer that could tell the producer where the leader is now, or that its records are not taken: it finds out when it
        // connects again.
        if (response.Responses.Exists(topic => topic.PartitionResponses.Exists(partition => partition.ErrorCode != ErrorCode.None)))
        {
            context.CloseReason = ConnectionCloseReason.UnansweredError;
        }

        return null;
    }

    // Tells in the response what is known before the flushes have their outcome, which is all there is to wait for then: as many
    // requests wait as there are in progress, and what they hold while they do is memory.
    private async ValueTask<int> AppendAsync(
        RequestContext context, ProduceRequest request, ProduceResponse response, PendingAppend[] appends, Activity? span, CancellationToken cancellationToken)
    {
        var count = 0;
        var isRefused = false;
        response.Responses.Capacity = request.TopicData.Count;
        foreach (var topicRequest in request.TopicData)
        {
            var topicResponse = new TopicProduceResponse { Name = topicRequest.Name, TopicId = topicRequest.TopicId };
            topicResponse.PartitionResponses.Capacity = topicRequest.PartitionData.Count;
            response.Responses.Add(topicResponse);
            var found = TryGetTopic(context, topicRequest, out var topic, out var notFound);
            foreach (var partition in topicRequest.PartitionData)
            {
                var partitionResponse = new PartitionProduceResponse { Index = partition.Index };
                topicResponse.PartitionResponses.Add(partitionResponse);
                if (Refuse(request) is { } refusal)
                {
                    Answer(partitionResponse, refusal);
                }
                else if (!found || (uint)partition.Index >= (uint)topic!.Partitions.Count)
                {
                    Answer(partitionResponse, ProduceOutcome.Failed(found ? ErrorCode.UnknownTopicOrPartition : notFound));
                }
                else
                {
                    var log = topic.Partitions[partition.Index];
                    var records = partition.Records.GetValueOrDefault();
                    var outcome = await (context.ApiVersion >= FirstVersionWithBatches
                        ? appender.AppendAsync(log, topic.Configuration, records, cancellationToken)
                        : messageSets.AppendAsync(log, topic.Configuration, records, cancellationToken));
                    partitionResponse.LogStartOffset = log.LogStartOffset;
                    Answer(partitionResponse, outcome);
                    isRefused |= outcome.Append.Error == ObjectStoreErrors.OfProduce;
                    appends[count++] = new PendingAppend(log, partitionResponse, outcome.Append.Flush);
                    if (span is not null)
                    {
                        outcome.Append.Flush?.Serve(span);
                    }

                    metrics.Records.OnProduced(records.Length);
                    log.NoteProduced(outcome.Append.Error == ErrorCode.None ? records.Length : 0);
                }
            }
        }

        if (isRefused)
        {
            // Clients that know KIP-219 then wait; the others come again after their own backoff.
            response.ThrottleTimeMs = (int)Backpressure.Pause.TotalMilliseconds;
            backpressure.CountRefusedProduce();
        }

        return count;
    }

    private void Settle(RequestContext context, ProduceResponse response, in PendingAppend append, ErrorCode outcome)
    {
        if (outcome != ErrorCode.None)
        {
            append.Response.ErrorCode = outcome;
            append.Response.BaseOffset = -1;
        }

        leaders.Tell(response, append.Response, append.Log, context.ApiVersion);
    }

    private static int CountPartitions(ProduceRequest request)
    {
        var count = 0;
        foreach (var topic in request.TopicData)
        {
            count += topic.PartitionData.Count;
        }

        return count;
    }

    // This and the next before anything is appended, so that the order in which a connection's requests come is that of their records.
    private ValueTask WaitForMovesAsync(RequestContext context, ProduceRequest request, CancellationToken cancellationToken) =>
        Find(context, request, _chooseMoving) is { } moving
            ? moves.WaitAsync(moving, cancellationToken)
            : ValueTask.CompletedTask;

    private ValueTask LoadProducersAsync(
        RequestContext context, ProduceRequest request, ObjectStoreHealthStatus status, CancellationToken cancellationToken) =>
        Find(context, request, static log => log.Appender is { IsLeading: true, KnowsProducers: false } leader ? leader : null) is { } unknown
            ? LoadProducersAsync(unknown, status, cancellationToken)
            : ValueTask.CompletedTask;

    // What is chosen of the partitions that a request names; null where it is nothing.
    private List<TFound>? Find<TFound>(RequestContext context, ProduceRequest request, Func<PartitionLog, TFound?> choose)
        where TFound : class
    {
        List<TFound>? all = null;
        foreach (var topicRequest in request.TopicData)
        {
            if (!TryGetTopic(context, topicRequest, out var topic, out _))
            {
                continue;
            }

            foreach (var partition in topicRequest.PartitionData)
            {
                if ((uint)partition.Index < (uint)topic.Partitions.Count && choose(topic.Partitions[partition.Index]) is { } found)
                {
                    (all ??= []).Add(found);
                }
            }
        }

        return all;
    }

    private async ValueTask LoadProducersAsync(List<PartitionAppender> unknown, ObjectStoreHealthStatus status, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(status.Ended, cancellationToken);
        try
        {
            await producers.LoadAsync(unknown, end.Token);
        }
        catch (OperationCanceledException) when (status.Ended.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The store has failed meanwhile, so the records are refused.
        }
    }

    private static ProduceOutcome? Refuse(ProduceRequest request)
    {
        if (request.Acks is not (0 or 1 or -1))
        {
            return ProduceOutcome.Failed(ErrorCode.InvalidRequiredAcks, $"acks is {request.Acks}; 0, 1 and -1 (all) are possible.");
        }

        return request.TransactionalId is null
            ? null
            : ProduceOutcome.Failed(ErrorCode.TransactionalIdAuthorizationFailed, "Transactions are not supported.");
    }

    private static void Answer(PartitionProduceResponse response, in ProduceOutcome outcome)
    {
        response.ErrorCode = outcome.Append.Error;
        response.BaseOffset = outcome.Append.BaseOffset;
        response.ErrorMessage = outcome.Message;
        response.LogAppendTimeMs = outcome.LogAppendTimeMs;
    }

    private bool TryGetTopic(RequestContext context, TopicProduceData request, [NotNullWhen(true)] out Topic? topic, out ErrorCode notFound)
    {
        var byId = context.ApiVersion >= FirstVersionWithTopicIds;
        notFound = byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
        return byId ? cluster.TryGetTopic(request.TopicId, out topic) : cluster.TryGetTopic(request.Name, out topic);
    }

    private readonly record struct PendingAppend(PartitionLog Log, PartitionProduceResponse Response, Flush? Flush);
}
