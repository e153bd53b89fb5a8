using System.Text;
using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Observability;

public sealed class TracingTests
{
    private const string Topic = "orders";
    private const string Producer = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Sent = "00f067aa0ba902b7";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("http")]
    [InlineData("grpc")]
    public async Task The_spans_of_a_produce_and_a_fetch_are_joined_up_with_their_flush_and_with_the_producer(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync(protocol);
        await using var broker = await StartAsync(receiver, "--tracing-sample-ratio", "1");
        await ProduceAsync(broker, sampled: true);
        await ReadAsync(broker);

        await Eventually.HoldsAsync(() => Find(receiver, "commit") is not null && Find(receiver, "read") is not null, Patience);

        var produce = Assert.IsType<OtlpSpan>(Find(receiver, "Produce"));
        var flush = Assert.IsType<OtlpSpan>(Find(receiver, "flush"));
        Assert.Equal((Producer, Sent), (produce.TraceId, produce.ParentId));
        Assert.Equal((Producer, produce.Id), (flush.TraceId, flush.ParentId));
        Assert.Equal((Producer, produce.Id), Assert.Single(flush.Links));
        foreach (var part in (string[])["queue", "upload", "commit"])
        {
            var span = Assert.IsType<OtlpSpan>(Find(receiver, part));
            Assert.Equal((Producer, flush.Id), (span.TraceId, span.ParentId));
        }

        var fetch = receiver.Spans.First(span => span.Name == "Fetch" && span.Links.Count > 0);
        Assert.Equal((Producer, Sent), Assert.Single(fetch.Links));
        Assert.NotEqual(Producer, fetch.TraceId);
        Assert.All((string[])["wait", "read"], part => Assert.Contains(receiver.Spans, span => span.Name == part && span.ParentId == fetch.Id));
        await Eventually.HoldsAsync(() => receiver.Metrics.ContainsKey("kafscale_request_duration_seconds"), Patience);
    }

    [Fact]
    public async Task What_its_producer_does_not_trace_is_not_traced()
    {
        await using var receiver = await OtlpReceiver.StartAsync("http");
        await using (var broker = await StartAsync(receiver, "--tracing-sample-ratio", "1"))
        {
            await ProduceAsync(broker, sampled: false);
            Assert.Equal(0, await broker.StopAsync());
        }

        Assert.Null(Find(receiver, "Produce"));
        Assert.Null(Find(receiver, "flush"));
    }

    [Fact]
    public async Task Nothing_is_traced_unless_it_is_asked_for()
    {
        await using var receiver = await OtlpReceiver.StartAsync("http");
        await using (var broker = await StartAsync(receiver))
        {
            await ProduceAsync(broker, sampled: true);
            Assert.Equal(0, await broker.StopAsync());
        }

        Assert.Empty(receiver.Spans);
        Assert.NotEmpty(receiver.Metrics);
    }

    private static OtlpSpan? Find(OtlpReceiver receiver, string name) => receiver.Spans.FirstOrDefault(span => span.Name == name);

    private static Task<BrokerProcess> StartAsync(OtlpReceiver receiver, params string[] arguments) => BrokerProcess.StartDevAsync(
    [
        BrokerProcess.InMemoryArgument, "--otlp-endpoint", receiver.Address, "--otlp-protocol", receiver.Protocol, "--otlp-metrics-interval-sec", "1", .. arguments,
    ]);

    private static async Task ProduceAsync(BrokerProcess broker, bool sampled)
    {
        await ConfluentClient.Instance.CreateTopicAsync(broker.BootstrapServers, Topic, 1, new Dictionary<string, string>());
        using var producer = ConfluentClient.Producer(new ProducerConfig { BootstrapServers = broker.BootstrapServers });
        var headers = new Headers { { "traceparent", Encoding.ASCII.GetBytes($"00-{Producer}-{Sent}-0{(sampled ? 1 : 0)}") } };
        await producer.ProduceAsync(Topic, new Message<byte[]?, byte[]?> { Value = [1, 2, 3], Headers = headers });
    }

    private static async Task ReadAsync(BrokerProcess broker)
    {
        var ends = await ConfluentClient.EndsAsync(broker.BootstrapServers, Topic);
        Assert.Single(await ConfluentClient.Instance.ReadAsync(broker.BootstrapServers, Topic, ReadStart.Beginning, ends));
    }
}
