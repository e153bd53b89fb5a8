using System.Collections.Concurrent;
using System.Net;
using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>An application that is kept out while the store is in trouble notices nothing of it but the time.</summary>
[Collection(nameof(AloneCollection))]
public sealed class BackpressureTests(SharedRadosGateway gateway) : IDisposable
{
    private const int MaxInFlight = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http = new();

    [Fact]
    public Task Neither_a_producer_nor_a_consumer_sees_an_error_where_the_store_refuses_everything() =>
        BearAsync(new ProxyFault(ProxyFaultKind.SlowDown));

    [Fact]
    [Trait("Category", "Long")]
    public Task Neither_a_producer_nor_a_consumer_sees_an_error_where_the_store_answers_nothing() =>
        BearAsync(new ProxyFault(ProxyFaultKind.Hang));

    public void Dispose() => _http.Dispose();

    private async Task BearAsync(ProxyFault fault)
    {
        await using var s3 = await FaultyS3.StartAsync(await gateway.GetAsync());
        var servers = s3.Broker.BootstrapServers;
        var topic = $"backpressure-{Guid.NewGuid():n}";
        await ConfluentClient.Instance.CreateTopicAsync(servers, topic, 1, new Dictionary<string, string>());
        var errors = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        var sent = ProduceAsync(servers, topic, errors, stop.Token);
        var received = Task.Factory.StartNew(() => Consume(servers, topic, sent, errors), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        s3.Proxy.Use(fault);
        await UntilReadyAsync(s3.Broker, HttpStatusCode.ServiceUnavailable);
        using (var notReady = await _http.GetAsync(new Uri(s3.Broker.HttpAddress, "/readyz")))
        {
            Assert.StartsWith("The object store is unavailable.", await notReady.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.Contains("kafscale_s3_health_state{state=\"unavailable\"} 1", await _http.GetStringAsync(new Uri(s3.Broker.HttpAddress, "/metrics")), StringComparison.Ordinal);
        s3.Proxy.Use();
        await UntilReadyAsync(s3.Broker, HttpStatusCode.OK);
        await stop.CancelAsync();

        var count = await sent.WaitAsync(Patience);
        Assert.Equal(count, await received.WaitAsync(Patience));
        Assert.Empty(errors);
    }

    private static async Task<int> ProduceAsync(string servers, string topic, ConcurrentQueue<string> errors, CancellationToken stop)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = servers, EnableIdempotence = true })
            .SetErrorHandler((_, error) => errors.Enqueue($"producer: {error}"))
            .SetLogHandler((_, _) => { })
            .Build();
        var inFlight = new Queue<Task>();
        var sent = 0;
        for (; !stop.IsCancellationRequested; sent++)
        {
            inFlight.Enqueue(producer.ProduceAsync(topic, new Message<Null, string> { Value = $"{sent}" }, CancellationToken.None));
            if (inFlight.Count > MaxInFlight)
            {
                await inFlight.Dequeue();
            }
        }

        await Task.WhenAll(inFlight);
        return sent;
    }

    // Where a position were lost, the consumer would fail instead of going on elsewhere.
    private static int Consume(string servers, string topic, Task<int> sent, ConcurrentQueue<string> errors)
    {
        var config = new ConsumerConfig { BootstrapServers = servers, GroupId = topic, AutoOffsetReset = AutoOffsetReset.Error };
        using var consumer = new ConsumerBuilder<Ignore, string>(config)
            .SetErrorHandler((_, error) => errors.Enqueue($"consumer: {error}"))
            .SetLogHandler((_, _) => { })
            .Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, 0));
        var next = 0;
        while (!sent.IsCompleted || (sent.IsCompletedSuccessfully && next < sent.Result))
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is { } record)
            {
                Assert.Equal($"{next++}", record.Message.Value);
            }
        }

        return next;
    }

    private Task UntilReadyAsync(BrokerProcess broker, HttpStatusCode status) => Eventually.HoldsAsync(
        async () =>
        {
            using var response = await _http.GetAsync(new Uri(broker.HttpAddress, "/readyz"));
            return response.StatusCode == status;
        },
        Patience);
}
