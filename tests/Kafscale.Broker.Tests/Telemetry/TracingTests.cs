using System.Buffers;
using System.Diagnostics;
using System.Text;
using Kafscale.Broker.Requests;
using Kafscale.Broker.Telemetry;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using CsCheck;

namespace Kafscale.Broker.Tests.Telemetry;

/// <summary>Alone, because whoever listens to the source hears of all brokers of the process.</summary>
[Collection(nameof(AloneCollection))]
public sealed class TracingTests
{
    private const string Parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static readonly RequestContext Context = new()
    {
        Connection = new ClientConnection("test", "PLAINTEXT", "127.0.0.1"),
        ApiKey = ApiKey.Produce,
        ApiVersion = 9,
        CorrelationId = 1,
        ClientId = "test",
    };

    [Fact]
    public void Where_nobody_listens_there_is_no_span_and_nothing_is_allocated()
    {
        using var tracing = new BrokerTracing(TimeProvider.System);
        var request = RequestOf(BatchOf(("traceparent", Parent)));
        Assert.Null(tracing.Begin(Context, request));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            tracing.End(tracing.Begin(Context, request));
            tracing.End(tracing.BeginFetch(Context));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task A_flush_that_serves_several_requests_is_linked_to_all_of_them()
    {
        var spans = new List<Activity>();
        using var listener = Listen(spans);
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var upload = broker.Faults.Block(StoreOperation.ObjectPut);
        var first = broker.ProduceAsync("orders", "leaves at once");
        await upload.Reached.WaitAsync(TestBroker.Patience);
        var others = Enumerable.Range(0, 3).Select(i => broker.ProduceAsync("orders", $"waits {i}")).ToList();
        upload.Release();
        await Task.WhenAll([first, .. others]).WaitAsync(TestBroker.Patience);

        lock (spans)
        {
            var requests = spans.Where(span => span.OperationName == "Produce").Select(span => span.SpanId).ToHashSet();
            var flushes = spans.Where(span => span.OperationName == "flush").ToList();
            Assert.Equal(4, requests.Count);
            Assert.Equal(4, flushes.Sum(flush => flush.Links.Count()));
            Assert.All(flushes, flush => Assert.Contains(flush.ParentSpanId, requests));
            Assert.Equal(requests, flushes.SelectMany(flush => flush.Links).Select(link => link.Context.SpanId).ToHashSet());
            Assert.Equal(flushes.Count, spans.Count(span => span.OperationName == "commit"));
        }
    }

    [Fact]
    public async Task A_flush_that_is_given_up_is_an_error_and_has_no_commit()
    {
        var spans = new List<Activity>();
        using var listener = Listen(spans);
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        var upload = broker.Faults.Block(StoreOperation.ObjectPut);
        var produce = broker.ProduceAsync("orders", "a record");
        await upload.Reached;
        upload.Fail(new ArgumentException("The object is not possible."));
        await produce;

        lock (spans)
        {
            var flush = Assert.Single(spans, span => span.OperationName == "flush");
            Assert.Equal((ActivityStatusCode.Error, "NOT_ENOUGH_REPLICAS"), (flush.Status, flush.StatusDescription));
            Assert.DoesNotContain(spans, span => span.OperationName == "commit");
            Assert.Equal(ActivityStatusCode.Error, Assert.Single(spans, span => span.OperationName == "Produce").Status);
        }
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Zstd)]
    public void The_context_of_the_first_record_is_found(CompressionType compression)
    {
        var builder = new RecordBatchBuilder { CompressionType = compression }
            .Append(1, null, [1], new RecordHeader("other", [1]), new RecordHeader("traceparent", Encoding.ASCII.GetBytes(Parent)), new RecordHeader("tracestate", Encoding.ASCII.GetBytes("a=b")))
            .Append(2, null, [2]);

        Assert.True(RecordTraceContext.TryRead(new ReadOnlySequence<byte>(builder.Build()), out var context));
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", context.TraceId.ToHexString());
        Assert.Equal("00f067aa0ba902b7", context.SpanId.ToHexString());
        Assert.Equal(("a=b", ActivityTraceFlags.Recorded, true), (context.TraceState, context.TraceFlags, context.IsRemote));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("nothing of the kind")]
    public void What_is_no_context_is_passed_over(string parent) =>
        Assert.False(RecordTraceContext.TryRead(new ReadOnlySequence<byte>(BatchOf(("traceparent", parent))), out _));

    [Fact]
    public void No_bytes_whatever_make_it_fail() => Gen.Byte.Array[0, 200].Sample(
        bytes => RecordTraceContext.TryRead(new ReadOnlySequence<byte>(bytes), out _) || true);

    private static byte[] BatchOf((string Key, string Value) header) =>
        new RecordBatchBuilder().Append(1, null, [1], new RecordHeader(header.Key, Encoding.ASCII.GetBytes(header.Value))).Build();

    private static ProduceRequest RequestOf(byte[] records) => new()
    {
        TopicData = [new() { Name = "orders", PartitionData = [new() { Records = new ReadOnlySequence<byte>(records) }] }],
    };

    private static ActivityListener Listen(List<Activity> spans)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TracingSource.Name,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                lock (spans)
                {
                    spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
