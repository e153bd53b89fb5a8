using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Kafscale.Broker.Network;
using Kafscale.Broker.Requests;
using Kafscale.Broker.Telemetry;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Testing;
using static Kafscale.Broker.Tests.Network.RequestFramingTests;
using Produces = Kafscale.Broker.Tests.Network.GatedCalls<
    Kafscale.Protocol.Messages.ProduceRequest, Kafscale.Protocol.Messages.ProduceResponse>;

namespace Kafscale.Broker.Tests.Network;

[Collection(nameof(AloneCollection))]
public sealed class KafkaServerTests : IDisposable
{
    private const short Version = 9;

    private readonly RecordingLogger _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Clients_connect_to_each_listener_on_the_port_it_got()
    {
        var seen = new List<(string Listener, string Host)>();
        var handler = new TestHandler<HeartbeatRequest, HeartbeatResponse>((context, _, _) =>
        {
            seen.Add((context.Connection.ListenerName, context.Connection.Host));
            return new(new HeartbeatResponse());
        });
        await using KafkaServer server = await StartOnAsync(
            new NetworkLimits(),
            [new("INTERNAL", new IPEndPoint(IPAddress.Loopback, 0)), new("EXTERNAL", new IPEndPoint(IPAddress.Loopback, 0))],
            handler);

        foreach (string listener in new[] { "INTERNAL", "EXTERNAL" })
        {
            using TestClient client = await ConnectAsync(server, listener);
            await client.SendAsync(new HeartbeatRequest(), 0, 1);
            await client.ReceiveAsync<HeartbeatResponse>(0);
        }

        Assert.Equal([("INTERNAL", "127.0.0.1"), ("EXTERNAL", "127.0.0.1")], seen);
    }

    [Fact]
    public async Task Large_requests_and_responses_pass_through_sockets()
    {
        await using KafkaServer server = await StartAsync(new NetworkLimits(), Echo());
        using TestClient client = await ConnectAsync(server);
        byte[] records = new byte[20_000_000];
        new Random(5).NextBytes(records);

        await client.SendAsync(Produce(records), Version, 1);

        ProduceResponse response = (await client.ReceiveAsync<ProduceResponse>(Version)).Response;
        Assert.Equal(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(records)), response.Responses[0].Name);
    }

    [Fact]
    public async Task Two_thousand_idle_connections_cost_little_and_all_work()
    {
        const int Connections = 2000;
        await using KafkaServer server = await StartAsync(new NetworkLimits());
        var clients = new List<TestClient>();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        try
        {
            for (int i = 0; i < Connections; i++)
            {
                clients.Add(await ConnectAsync(server));
            }

            foreach (TestClient client in clients)
            {
                await client.ExpectWorkingAsync();
            }

            // Both ends are in this process; a block of 64 KiB per connection would be 125 MiB alone.
            long perConnection = (GC.GetTotalMemory(forceFullCollection: true) - before) / Connections;
            Assert.InRange(perConnection, int.MinValue, 32 * 1024);
            Assert.Equal(Connections, server.ConnectionCount);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        await EventuallyAsync(() => server.ConnectionCount == 0);
    }

    [Fact]
    public async Task A_connection_above_the_limit_is_closed_and_one_that_leaves_makes_room()
    {
        await using KafkaServer server = await StartAsync(new NetworkLimits { MaxConnectionsPerAddress = 2 });
        using TestClient first = await ConnectAsync(server);
        TestClient second = await ConnectAsync(server);
        await first.ExpectWorkingAsync();
        await second.ExpectWorkingAsync();

        await ExpectRefusedAsync(server);
        await first.ExpectWorkingAsync();
        second.Dispose();
        await EventuallyAsync(() => server.ConnectionCount == 1);

        using TestClient fourth = await ConnectAsync(server);
        await fourth.ExpectWorkingAsync();
        Assert.Single(_log.Lines);
    }

    [Fact]
    public async Task A_stop_answers_what_is_in_progress_and_does_not_wait_for_clients_to_hang_up()
    {
        var produces = new Produces();
        await using KafkaServer server = await StartAsync(new NetworkLimits(), produces.Handler(mayOverlap: true));
        using TestClient idle = await ConnectAsync(server);
        await idle.ExpectWorkingAsync();
        using TestClient client = await ConnectAsync(server);
        await client.SendAsync(Produce([1]), Version, 1);
        Produces.Call call = await produces.NextAsync();

        using var deadline = new CancellationTokenSource();
        Task stopping = server.StopAsync(deadline.Token);
        await idle.ExpectClosedAsync();
        Assert.False(stopping.IsCompleted);
        call.Answer(new ProduceResponse());

        Assert.Equal(1, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        await client.ExpectClosedAsync();
        await stopping.WaitAsync(TestClient.Patience);
        await Assert.ThrowsAnyAsync<SocketException>(() => ConnectAsync(server));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task A_stop_ends_at_its_deadline_whatever_handlers_do()
    {
        var produces = new Produces();
        await using KafkaServer server = await StartAsync(new NetworkLimits(), produces.Handler(mayOverlap: true));
        using TestClient client = await ConnectAsync(server);
        await client.SendAsync(Produce([1]), Version, 1);
        await produces.NextAsync();

        using var deadline = new CancellationTokenSource();
        Task stopping = server.StopAsync(deadline.Token);
        Assert.False(stopping.IsCompleted);
        await deadline.CancelAsync();

        await stopping.WaitAsync(TestClient.Patience);
        await client.ExpectClosedAsync();
    }

    [Fact]
    public async Task A_client_that_never_reads_is_cut_off()
    {
        var limits = new NetworkLimits { WriteTimeout = TimeSpan.FromMilliseconds(300), TimeoutScanInterval = TimeSpan.FromMilliseconds(50) };
        byte[] records = new byte[50_000_000];
        var handler = new TestHandler<FetchRequest, FetchResponse>((_, _, _) => new(new FetchResponse
        {
            Responses = [new() { Topic = "t", Partitions = [new() { Records = new System.Buffers.ReadOnlySequence<byte>(records) }] }],
        }));
        await using KafkaServer server = await StartAsync(limits, handler);
        using TestClient client = await ConnectAsync(server);
        await client.ExpectWorkingAsync();
        await client.SendAsync(new FetchRequest(), 12, 1);

        await EventuallyAsync(() => server.ConnectionCount == 0);
        Assert.Contains("WriteTimeout", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_shuts_down_its_sending_side_gets_its_answers()
    {
        await using KafkaServer server = await StartAsync(new NetworkLimits(), Echo());
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server.EndPointOf("PLAINTEXT"));
        using var client = new TestClient(new NetworkStream(socket, ownsSocket: false));

        await client.SendAsync(Produce([1, 2, 3]), Version, 8);
        socket.Shutdown(SocketShutdown.Send);

        Assert.Equal(8, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        await client.ExpectClosedAsync();
    }

    [Fact]
    public async Task An_address_in_use_is_an_error_at_the_start()
    {
        await using KafkaServer first = await StartAsync(new NetworkLimits());
        await Assert.ThrowsAnyAsync<IOException>(() => StartOnAsync(new NetworkLimits(), [new("PLAINTEXT", first.EndPointOf("PLAINTEXT"))]));
    }

    private static TestHandler<ProduceRequest, ProduceResponse> Echo() => new(
        (_, request, _) => new(new ProduceResponse
        {
            Responses = [new() { Name = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Records(request))) }],
        }),
        mayOverlap: true,
        holdsPayload: true);

    private Task<KafkaServer> StartAsync(NetworkLimits limits, params IRequestHandler[] handlers) =>
        StartOnAsync(limits, [new("PLAINTEXT", new IPEndPoint(IPAddress.Loopback, 0))], handlers);

    private async Task<KafkaServer> StartOnAsync(NetworkLimits limits, KafkaListenerOptions[] listeners, params IRequestHandler[] handlers)
    {
        var server = new KafkaServer(listeners, limits, new RequestDispatcher(handlers, new BrokerMetrics(TimeProvider.System)), TimeProvider.System, _log);
        try
        {
            await server.StartAsync(CancellationToken.None);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static async Task<TestClient> ConnectAsync(KafkaServer server, string listener = "PLAINTEXT")
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server.EndPointOf(listener));
        return new TestClient(new NetworkStream(socket, ownsSocket: true));
    }

    // The server may have reset the connection before the client has seen that it is there.
    private static async Task ExpectRefusedAsync(KafkaServer server)
    {
        try
        {
            using TestClient client = await ConnectAsync(server);
            await client.ExpectClosedAsync();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
        }
    }

    private static Task EventuallyAsync(Func<bool> holds, [CallerArgumentExpression(nameof(holds))] string expectation = "") =>
        Eventually.HoldsAsync(holds, TestClient.Patience, expectation);
}
