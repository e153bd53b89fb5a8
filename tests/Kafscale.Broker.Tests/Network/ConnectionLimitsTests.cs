using System.Net;
using Kafscale.Broker.Network;
using Kafscale.Protocol.Messages;
using Microsoft.Extensions.Time.Testing;
using static Kafscale.Broker.Tests.Network.RequestFramingTests;
using Heartbeats = Kafscale.Broker.Tests.Network.GatedCalls<
    Kafscale.Protocol.Messages.HeartbeatRequest, Kafscale.Protocol.Messages.HeartbeatResponse>;
using Produces = Kafscale.Broker.Tests.Network.GatedCalls<
    Kafscale.Protocol.Messages.ProduceRequest, Kafscale.Protocol.Messages.ProduceResponse>;

namespace Kafscale.Broker.Tests.Network;

public sealed class ConnectionLimitsTests
{
    private const short Version = 9;

    private static readonly NetworkLimits NeverIdle = new() { IdleTimeout = TimeSpan.FromDays(10_000) };

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_connection_that_asks_for_nothing_is_closed_after_the_idle_timeout()
    {
        await using var broker = new TestBroker(new NetworkLimits(), _time);
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);
        await client.ExpectWorkingAsync();

        Advance(broker, TimeSpan.FromMinutes(9));
        await client.ExpectWorkingAsync();
        Advance(broker, TimeSpan.FromMinutes(9));
        Assert.False(ended.IsCompleted);
        Advance(broker, TimeSpan.FromMinutes(2));

        await client.ExpectClosedAsync();
        Assert.Equal(ConnectionCloseReason.Idle, await ended);
    }

    [Fact]
    public async Task A_request_in_progress_keeps_its_connection_from_being_idle()
    {
        var heartbeats = new Heartbeats();
        await using var broker = new TestBroker(new NetworkLimits(), _time, heartbeats.Handler());
        using TestClient client = broker.Connect();

        await client.SendAsync(new HeartbeatRequest(), 0, 1);
        Heartbeats.Call call = await heartbeats.NextAsync();
        Advance(broker, TimeSpan.FromHours(1));
        call.Answer(new HeartbeatResponse());

        Assert.Equal(1, (await client.ReceiveAsync<HeartbeatResponse>(0)).CorrelationId);
        await client.ExpectWorkingAsync();
    }

    [Theory]
    [InlineData(4)]
    [InlineData(20)]
    [InlineData(70_000)]
    public async Task A_frame_that_is_not_delivered_in_time_closes_its_connection_and_gives_its_memory_back(int deliveredBytes)
    {
        await using var broker = new TestBroker(NeverIdle, _time, new Produces().Handler());
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        byte[] frame = TestClient.Frame(Produce(new byte[100_000]), Version, 1);
        await client.SendAsync(frame[..deliveredBytes]);
        await Eventually(() =>
        {
            Advance(broker, TimeSpan.FromSeconds(31));
            return ended.IsCompleted;
        });

        Assert.Equal(ConnectionCloseReason.ReceiveTimeout, await ended);
        Assert.Equal(0, broker.Services.InFlightBytes.UsedBytes);
    }

    [Fact]
    public async Task Large_requests_wait_for_memory_and_small_ones_pass()
    {
        var limits = new NetworkLimits { MaxRequestBytes = 1_000_000, MaxInFlightBytes = 1_000_000 };
        var produces = new Produces();
        await using var broker = new TestBroker(limits, _time, produces.Handler(mayOverlap: true, holdsPayload: true));
        using TestClient first = broker.Connect();
        using TestClient second = broker.Connect();
        using TestClient third = broker.Connect();

        Task firstSending = first.SendAsync(Produce(new byte[600_000]), Version, 1);
        Produces.Call firstCall = await produces.NextAsync();
        Task secondSending = second.SendAsync(Produce(new byte[600_000]), Version, 2);
        await third.SendAsync(Produce(new byte[1000]), Version, 3);
        (await produces.NextAsync()).Answer(new ProduceResponse());
        Assert.Equal(3, (await third.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        Assert.False(secondSending.IsCompleted);

        firstCall.Context.PayloadConsumed();
        await firstSending;
        (await produces.NextAsync()).Answer(new ProduceResponse());
        await secondSending;
        Assert.Equal(2, (await second.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        firstCall.Answer(new ProduceResponse());
        Assert.Equal(1, (await first.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
    }

    [Fact]
    public async Task A_connection_that_waits_for_memory_ends_when_the_broker_stops()
    {
        var limits = new NetworkLimits { MaxRequestBytes = 1_000_000, MaxInFlightBytes = 1_000_000 };
        var produces = new Produces();
        await using var broker = new TestBroker(limits, _time, produces.Handler(holdsPayload: true));
        using TestClient first = broker.Connect();
        using TestClient second = broker.Connect(out Task<ConnectionCloseReason> secondEnded);

        Task firstSending = first.SendAsync(Produce(new byte[900_000]), Version, 1);
        Produces.Call call = await produces.NextAsync();
        Task sending = second.SendAsync(Produce(new byte[900_000]), Version, 2);
        Task stopping = broker.StopAsync();

        Assert.Equal(ConnectionCloseReason.Stopped, await secondEnded.WaitAsync(TestClient.Patience));
        call.Answer(new ProduceResponse());
        await stopping;
        await firstSending;
        await sending;
    }

    [Fact]
    public async Task A_client_that_never_reads_is_closed_and_costs_no_more_than_its_pipe()
    {
        int produced = 0;
        await using var broker = new TestBroker(NeverIdle, _time, new TestHandler<ProduceRequest, ProduceResponse>(
            (_, _, _) =>
            {
                Interlocked.Increment(ref produced);
                return new(new ProduceResponse { Responses = [new() { Name = new string('x', 10_000) }] });
            }));
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        using var sending = new CancellationTokenSource();
        Task flooding = Flood();
        await Eventually(() =>
        {
            Advance(broker, TimeSpan.FromSeconds(31));
            return ended.IsCompleted;
        });

        Assert.Equal(ConnectionCloseReason.WriteTimeout, await ended);
        await sending.CancelAsync();
        await flooding.WaitAsync(TestClient.Patience);
        Assert.InRange(produced, 1, 1000);

        async Task Flood()
        {
            byte[] frame = TestClient.Frame(Produce([1]), Version, 1);
            try
            {
                while (!sending.IsCancellationRequested && !ended.IsCompleted)
                {
                    await client.SendAsync(frame);
                }
            }
            catch (Exception exception) when (exception is TimeoutException or InvalidOperationException or IOException or ConnectionFaultException)
            {
                // The broker has closed.
            }
        }
    }

    [Fact]
    public void Connections_are_limited_as_a_whole_and_by_address()
    {
        var registry = new ConnectionRegistry(new NetworkLimits { MaxConnections = 3, MaxConnectionsPerAddress = 2 }, _time);
        IPAddress one = IPAddress.Parse("10.0.0.1");
        IPAddress two = IPAddress.Parse("10.0.0.2");

        Assert.Null(registry.TryEnter(one));
        Assert.Null(registry.TryEnter(one));
        Assert.NotNull(registry.TryEnter(one));
        Assert.Null(registry.TryEnter(two));
        Assert.NotNull(registry.TryEnter(two));
        registry.Leave(one);
        Assert.Null(registry.TryEnter(two));
        Assert.Equal(3, registry.Count);
    }

    [Fact]
    public async Task The_registry_looks_for_timeouts_by_itself()
    {
        await using var broker = new TestBroker(new NetworkLimits(), _time);
        await using var registry = new ConnectionRegistry(broker.Services.Limits, _time);
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);
        registry.Watch(broker.Connections[0]);

        await Eventually(() =>
        {
            _time.Advance(TimeSpan.FromMinutes(11));
            return ended.IsCompleted;
        });

        Assert.Equal(ConnectionCloseReason.Idle, await ended);
    }

    [Theory]
    [InlineData(9, 100)]
    [InlineData(100, 99)]
    public void Limits_that_make_no_sense_are_refused(int maxRequestBytes, long maxInFlightBytes)
    {
        var limits = new NetworkLimits { MaxRequestBytes = maxRequestBytes, MaxInFlightBytes = maxInFlightBytes };
        Assert.Throws<ArgumentException>(limits.Validate);
    }

    private void Advance(TestBroker broker, TimeSpan time)
    {
        _time.Advance(time);
        foreach (KafkaConnection connection in broker.Connections)
        {
            connection.CheckTimeouts();
        }
    }

    private static async Task Eventually(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(TestClient.Patience);
        while (!holds())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
