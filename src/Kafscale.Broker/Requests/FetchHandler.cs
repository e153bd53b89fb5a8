using Kafscale.Broker.Cluster;
using Kafscale.Broker.Fetching;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Telemetry;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Storage;
using Microsoft.Extensions.Logging;
using static Kafscale.Protocol.Messages.FetchRequest;
using static Kafscale.Protocol.Messages.FetchResponse;

namespace Kafscale.Broker.Requests;

/// <summary>
/// Reads records of any partition, and waits for them where there are fewer than the client asks for. Of those that this broker
/// leads, it sends consumers of other racks to a broker there (KIP-392).
/// </summary>
/// <param name="check">Says what of each partition can be read here.</param>
/// <param name="leaders">Tells who leads instead.</param>
/// <param name="reader">Reads what is committed.</param>
/// <param name="messageSets">Reads it for consumers that know no record batches.</param>
/// <param name="preferred">Knows who reads elsewhere.</param>
/// <param name="sessions">What clients have asked for before.</param>
/// <param name="backpressure">Refuses fetches while the object store is in trouble.</param>
/// <param name="metrics">Is told of bytes.</param>
/// <param name="tracing">Makes spans of requests, where somebody wants them.</param>
/// <param name="timeProvider">Ends waits.</param>
/// <param name="logger">Is told of failures.</param>
internal sealed partial class FetchHandler(
    PartitionReadCheck check,
    LeaderHints leaders,
    PartitionReader reader,
    MessageSetReads messageSets,
    PreferredReadReplicas preferred,
    FetchSessionCache sessions,
    Backpressure backpressure,
    BrokerMetrics metrics,
    BrokerTracing tracing,
    TimeProvider timeProvider,
    ILogger<FetchHandler> logger) : RequestHandler<FetchRequest, FetchResponse>
{
    private const int FirstVersionWithRack = 11;
    private const int FirstVersionWithTopicIds = 13;
    private const int ReadCommitted = 1;

    // Kafka's fetch.max.bytes: what a client may have the broker hold in memory for one answer.
    private const int MaxResponseBytes = 55 * 1024 * 1024;

    private static readonly List<AbortedTransaction> NoTransactions = [];
    private static readonly Action<object?> GiveUp = static source => ((CancellationTokenSource)source!).Cancel();

    protected override bool ReusesRequests => true;

    protected override async ValueTask<IResponseMessage?> HandleAsync(RequestContext context, FetchRequest request, CancellationToken cancellationToken)
    {
        using var span = tracing.BeginFetch(context);
        var waitedUntil = 0L;
        var error = OpenSession(request, out var session, out var isIncremental);
        if (error != ErrorCode.None)
        {
            return new FetchResponse { ErrorCode = error };
        }

        try
        {
            var all = session is null ? ReadsOf(context, request) : ReadsOf(context, session, request);

            if (session is not null && !sessions.TryKeep(session))
            {
                if (isIncremental)
                {
                    // The client begins again with all its partitions, and is served without a session then.
                    return new FetchResponse { ErrorCode = ErrorCode.FetchSessionIdNotFound };
                }

                session = null;
            }

            var reads = all.Items;
            if (context.ApiVersion >= FirstVersionWithRack && preferred.Find(request.RackId) is { } elsewhere)
            {
                SendElsewhere(reads, elsewhere);
            }

            if (backpressure.RefusesFetches)
            {
                Refuse(reads);
            }
            else
            {
                var isTimeOver = await WaitAsync(context, request, reads, cancellationToken);
                waitedUntil = span is null ? 0 : timeProvider.GetTimestamp();
                await (context.ApiVersion >= FirstVersionWithBatches
                    ? ReadAsync(context, request, all, isTimeOver, cancellationToken)
                    : ReadMessagesAsync(context, request, all, isTimeOver, cancellationToken));
            }

            // Not where something was thrown before: a read may still be on its way then.
            context.RegisterForDispose(all);
            await check.ConfirmOutOfRangeAsync(reads, cancellationToken);
            if (reads.Exists(read => read.IsRefused))
            {
                backpressure.CountRefusedFetch();
                await backpressure.HoldAsync(request.MaxWaitMs, context.EndWaiting, cancellationToken);
            }

            var response = Respond(context, request, session, isIncremental, all);
            if (span is not null)
            {
                tracing.OnFetched(span, context, waitedUntil, reads.Select(read => read.Records));
                tracing.End(span, response);
            }

            return response;
        }
        finally
        {
            if (session is not null)
            {
                sessions.Release(session);
            }
        }
    }

    private static void SendElsewhere(List<PartitionRead> reads, List<int> brokers) => reads.ForEach(read => read.ReadersElsewhere = brokers);

    private static PartitionReads ReadsOf(RequestContext context, FetchRequest request)
    {
        var count = 0;
        foreach (var topic in request.Topics)
        {
            count += topic.Partitions.Count;
        }

        var reads = PartitionReads.Rent(count);
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                Update(reads.Add(KeyOf(context, topic.Topic, topic.TopicId, partition.Partition)), partition);
            }
        }

        return reads;
    }

    private static PartitionReads ReadsOf(RequestContext context, FetchSession session, FetchRequest request)
    {
        foreach (var topic in request.ForgottenTopicsData)
        {
            foreach (var partition in topic.Partitions)
            {
                session.Remove(KeyOf(context, topic.Topic, topic.TopicId, partition));
            }
        }

        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                Update(session.GetOrAdd(KeyOf(context, topic.Topic, topic.TopicId, partition.Partition)), partition);
            }
        }

        var reads = PartitionReads.Rent(session.Count);
        session.AddTo(reads);
        return reads;
    }

    private static void Update(FetchPartitionState state, FetchPartition request)
    {
        state.FetchOffset = request.FetchOffset;
        state.MaxBytes = request.PartitionMaxBytes;
        state.CurrentLeaderEpoch = request.CurrentLeaderEpoch;
    }

    private static FetchPartitionKey KeyOf(RequestContext context, string topic, Guid topicId, int partition) =>
        context.ApiVersion >= FirstVersionWithTopicIds ? new("", topicId, partition) : new(topic, Guid.Empty, partition);

    // The session that the request goes on with, or a new one, or none (KIP-227).
    private ErrorCode OpenSession(FetchRequest request, out FetchSession? session, out bool isIncremental)
    {
        session = null;
        isIncremental = false;
        if (request.SessionEpoch is FetchSessionCache.FinalEpoch or FetchSessionCache.InitialEpoch)
        {
            if (request.SessionId != FetchSessionCache.NoSession)
            {
                sessions.Remove(request.SessionId);
            }

            // A session without partitions would be one that the client can not use.
            if (request.SessionEpoch == FetchSessionCache.InitialEpoch && request.Topics.Count > 0)
            {
                session = sessions.TryCreate();
            }

            return ErrorCode.None;
        }

        isIncremental = true;
        return sessions.TryTake(request.SessionId, request.SessionEpoch, out session);
    }

    // What is wrong with a request is told also while the store is in trouble.
    private void Refuse(List<PartitionRead> reads)
    {
        foreach (var read in reads)
        {
            check.Apply(read);
            if (read.Error == ErrorCode.None && read.PreferredReadReplica == PreferredReadReplicas.None)
            {
                read.Error = ObjectStoreErrors.OfRead;
                read.IsRefused = true;
            }
        }
    }

    // Returns when there is enough to read, an error to tell, or, which is true, no more time.
    private async ValueTask<bool> WaitAsync(RequestContext context, FetchRequest request, List<PartitionRead> reads, CancellationToken cancellationToken)
    {
        if (request.MaxWaitMs <= 0)
        {
            return true;
        }

        if (IsReady(request, reads))
        {
            return false;
        }

        using var waiter = new FetchWaiter();
        foreach (var read in reads)
        {
            waiter.Add(read.Log!);
        }

        using var time = new CancellationTokenSource(TimeSpan.FromMilliseconds(request.MaxWaitMs), timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(time.Token, context.EndWaiting, backpressure.ReadStatus.Ended, cancellationToken);
        while (!IsReady(request, reads))
        {
            if (!await waiter.WaitAsync(end.Token))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsReady(FetchRequest request, List<PartitionRead> reads)
    {
        var isReady = reads.Count == 0;
        var bytes = 0L;
        foreach (var read in reads)
        {
            check.Apply(read);
            isReady |= read.Error != ErrorCode.None || read.PreferredReadReplica != PreferredReadReplicas.None;
            bytes += read.AvailableBytes;
        }

        return isReady || bytes >= request.MinBytes;
    }

    // All partitions are read side by side, within shares of the response's bytes that are known beforehand.
    private async ValueTask ReadAsync(
        RequestContext context, FetchRequest request, PartitionReads all, bool isTimeOver, CancellationToken cancellationToken)
    {
        var reads = all.Items;
        var giveUp = all.GiveUp.Token;
        var remaining = Math.Clamp(request.MaxBytes, 0, MaxResponseBytes);
        var isFirst = true;
        List<Task>? reading = null;
        using var inTrouble = backpressure.ReadStatus.Ended.UnsafeRegister(GiveUp, all.GiveUp);
        using var aborted = cancellationToken.UnsafeRegister(GiveUp, all.GiveUp);
        foreach (var read in reads)
        {
            if (!IsReadable(read, isTimeOver))
            {
                continue;
            }

            var share = (int)Math.Min(Math.Min(Math.Max(0, read.Partition.MaxBytes), remaining), read.AvailableBytes);
            if (share == 0 && !isFirst)
            {
                continue;
            }

            var task = ReadAsync(context, read, share, atLeastOneBatch: isFirst, giveUp, cancellationToken);
            if (!task.IsCompletedSuccessfully)
            {
                (reading ??= []).Add(task);
            }

            isFirst = false;
            remaining -= share;
        }

        if (reading is not null)
        {
            await Task.WhenAll(reading);
        }

        CountBytes(reads);
    }

    private bool IsReadable(PartitionRead read, bool isTimeOver)
    {
        check.Apply(read);
        if (isTimeOver && read.NotHeardOf != ErrorCode.None)
        {
            read.Error = read.NotHeardOf;
        }

        return read.Error == ErrorCode.None && read.AvailableBytes > 0;
    }

    private void CountBytes(List<PartitionRead> reads)
    {
        foreach (var read in reads)
        {
            if (read.Records is { } records)
            {
                metrics.Records.OnFetched(records.Length);
                read.Log!.NoteFetched(records.Length);
            }
        }
    }

    private async Task ReadAsync(
        RequestContext context, PartitionRead read, int maxBytes, bool atLeastOneBatch, CancellationToken giveUp, CancellationToken cancellationToken)
    {
        try
        {
            read.Records = await reader.ReadAsync(read.Log!, read.Partition.FetchOffset, maxBytes, atLeastOneBatch, giveUp);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            OnReadFailed(context, read, exception, cancellationToken);
        }
    }

    private void OnReadFailed(RequestContext context, PartitionRead read, Exception exception, CancellationToken cancellationToken)
    {
        if (!backpressure.ReadStatus.IsHealthy && !cancellationToken.IsCancellationRequested)
        {
            // That the store is in trouble has been logged, once.
            read.Error = ObjectStoreErrors.OfRead;
            read.IsRefused = true;
        }
        else
        {
            // Whatever the store or the bytes are at fault for, it concerns this partition alone, and the client asks again.
            LogReadFailed(exception, read.Log!.Id, read.Partition.FetchOffset, context.Connection.Id);
            read.Error = exception is CorruptObjectException or InvalidDataException ? ErrorCode.CorruptMessage : ObjectStoreErrors.OfRead;
        }
    }

    private FetchResponse Respond(RequestContext context, FetchRequest request, FetchSession? session, bool isIncremental, PartitionReads reads)
    {
        var response = reads.Answer.Response;
        response.SessionId = session?.Id ?? FetchSessionCache.NoSession;
        FetchableTopicResponse? topic = null;
        foreach (var read in reads.Items)
        {
            if (isIncremental && !read.HasNews)
            {
                continue;
            }

            var key = read.Partition.Key;
            if (topic is null || topic.Topic != key.Topic || topic.TopicId != key.TopicId)
            {
                topic = reads.Answer.AddTopic(key.Topic, key.TopicId);
            }

            var partition = reads.Answer.AddPartition(topic);
            Fill(partition, request, read);
            if (read.Log is { } log)
            {
                leaders.Tell(response, partition, log, context.ApiVersion);
            }

            read.Partition.SentHighWatermark = read.HighWatermark;
            read.Partition.SentLogStartOffset = read.LogStartOffset;
            read.Partition.SentError = read.Error;
            if (read.Records is { Length: > 0 })
            {
                session?.MoveToEnd(key);
            }
        }

        if (context.ApiVersion < OlderErrorCodes.FirstFetchVersionWithOffsetNotAvailable)
        {
            OlderErrorCodes.Apply(response, context.ApiVersion);
        }

        return response;
    }

    private static void Fill(PartitionData partition, FetchRequest request, PartitionRead read)
    {
        partition.PartitionIndex = read.Partition.Key.Partition;
        partition.ErrorCode = read.Error;
        partition.HighWatermark = read.HighWatermark;
        partition.LastStableOffset = read.HighWatermark;
        partition.LogStartOffset = read.LogStartOffset;
        partition.AbortedTransactions = request.IsolationLevel == ReadCommitted ? NoTransactions : null;
        partition.PreferredReadReplica = read.PreferredReadReplica;

        // Never null: there are clients that take null for a broken response.
        partition.Records = read.Records?.ToSequence() ?? default;
    }

    [LoggerMessage(1351, LogLevel.Error, "Reading {Partition} at offset {Offset} for connection {Connection} failed.")]
    private partial void LogReadFailed(Exception exception, TopicPartition partition, long offset, string connection);
}
