using System.Buffers;
using System.Diagnostics;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Requests;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Telemetry;

/// <summary>
/// Makes the spans of produce and fetch requests, and of the flushes that serve them. Where nobody listens to the source, nothing is made,
/// read or kept.
/// </summary>
internal sealed class BrokerTracing(TimeProvider timeProvider) : IDisposable
{
    /// <summary>How many links a span has at most: of a request, and of a flush.</summary>
    public const int MaxLinks = 32;

    private readonly ActivitySource _source = new(TracingSource.Name);

    /// <summary>Begins the span of a Produce request, as a child of the context in its first record, with links to those in the others' first ones.</summary>
    public Activity? Begin(RequestContext context, ProduceRequest request)
    {
        if (!_source.HasListeners())
        {
            return null;
        }

        var senders = new List<ActivityContext>();
        foreach (var partition in request.TopicData.SelectMany(topic => topic.PartitionData))
        {
            AddSender(senders, partition.Records.GetValueOrDefault());
        }

        var links = senders.Skip(1).Select(sender => new ActivityLink(sender));
        return Begin(context, senders.FirstOrDefault(), links)?.SetTag("kafka.acks", request.Acks);
    }

    /// <summary>Begins the span of a Fetch request.</summary>
    public Activity? BeginFetch(RequestContext context) => _source.HasListeners() ? Begin(context, default, []) : null;

    /// <summary>A Fetch request has its records: links it to whoever sent them. One that found none is not worth a span.</summary>
    /// <param name="fetch">Its span.</param>
    /// <param name="context">The request.</param>
    /// <param name="waitedUntil">When there was enough to read.</param>
    /// <param name="records">What was read.</param>
    public void OnFetched(Activity fetch, RequestContext context, long waitedUntil, IEnumerable<FetchedRecords?> records)
    {
        var bytes = 0L;
        var senders = new List<ActivityContext>();
        foreach (var some in records)
        {
            bytes += some?.Length ?? 0;
            AddSender(senders, some?.ToSequence() ?? default);
        }

        fetch.SetTag("kafka.bytes", bytes);
        senders.ForEach(sender => fetch.AddLink(new ActivityLink(sender)));
        if (bytes == 0)
        {
            fetch.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            return;
        }

        Part(fetch, "wait", context.ReceivedAt, waitedUntil);
        Part(fetch, "read", waitedUntil, timeProvider.GetTimestamp());
    }

    /// <summary>Ends a span by the broker's clock.</summary>
    public void End(Activity? span, IResponseMessage? response = null)
    {
        if (span is null)
        {
            return;
        }

        response?.TellErrors(new ErrorOfSpan(span));
        span.SetEndTime(timeProvider.GetUtcNow().UtcDateTime);
        span.Stop();
    }

    /// <summary>
    /// A flush was committed or given up. Where it served requests that are traced, it becomes a span with its parts, linked to all of them and a
    /// child of the first.
    /// </summary>
    public void OnSettled(Flush flush, ErrorCode outcome)
    {
        if (flush.TracedRequests is not { Count: > 0 } requests)
        {
            return;
        }

        var times = flush.Times;
        using var span = _source.StartActivity(
            "flush", ActivityKind.Internal, requests[0], links: requests.Select(request => new ActivityLink(request)), startTime: TimeOf(times.OpenedAt));
        if (span is null)
        {
            return;
        }

        span.SetTag("kafscale.flush.bytes", flush.Bytes);
        span.SetTag("kafscale.flush.partitions", flush.Slices.Count);
        span.SetTag("kafscale.flush.reason", SnakeCase.Of(flush.Reason.ToString()));
        if (outcome != ErrorCode.None)
        {
            span.SetStatus(ActivityStatusCode.Error, (string?)ErrorLabels.Of(outcome).Value);
        }

        Part(span, "queue", times.OpenedAt, times.SealedAt);
        Part(span, "upload", times.SealedAt, times.UploadedAt);
        Part(span, "commit", times.UploadedAt, times.CommittedAt);
        span.SetEndTime(timeProvider.GetUtcNow().UtcDateTime);
    }

    public void Dispose() => _source.Dispose();

    private static void AddSender(List<ActivityContext> senders, in ReadOnlySequence<byte> records)
    {
        if (senders.Count < MaxLinks && RecordTraceContext.TryRead(records, out var sender) && !senders.Contains(sender))
        {
            senders.Add(sender);
        }
    }

    private Activity? Begin(RequestContext context, ActivityContext parent, IEnumerable<ActivityLink> links)
    {
        var span = _source.StartActivity(
            context.ApiKey.ToString(), ActivityKind.Server, parent, links: links, startTime: TimeOf(context.ReceivedAt));
        span?.SetTag("messaging.system", "kafka");
        span?.SetTag("messaging.client.id", context.ClientId);
        span?.SetTag("client.address", context.Connection.Host);
        span?.SetTag("kafka.api.version", (int)context.ApiVersion);
        return span;
    }

    // A part that did not come to its end has no span of its own.
    private void Part(Activity whole, string name, long from, long to)
    {
        if (from > 0 && to > 0)
        {
            using var part = _source.StartActivity(name, ActivityKind.Internal, whole.Context, startTime: TimeOf(from));
            part?.SetEndTime(TimeOf(to).UtcDateTime);
        }
    }

    private DateTimeOffset TimeOf(long timestamp) => timeProvider.GetUtcNow() - timeProvider.GetElapsedTime(timestamp);

    private sealed class ErrorOfSpan(Activity span) : IErrorListener
    {
        public void OnError(ErrorCode error) => span.SetStatus(ActivityStatusCode.Error, (string?)ErrorLabels.Of(error).Value);
    }
}
