using Kafscale.Broker.Network;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Network.RequestFramingTests;
using Produces = Kafscale.Broker.Tests.Network.GatedCalls<
    Kafscale.Protocol.Messages.ProduceRequest, Kafscale.Protocol.Messages.ProduceResponse>;

namespace Kafscale.Broker.Tests.Network;

public sealed class GracefulStopTests
{
    private const short Version = 9;

    [Fact]
    public async Task Requests_in_progress_are_answered_and_the_client_is_not_waited_for()
    {
        var produces = new Produces();
        await using var broker = new TestBroker(produces.Handler(mayOverlap: true));
        using TestClient idle = broker.Connect();
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);
        await client.SendAsync(TestClient.Frame(Produce([1]), Version, 1), TestClient.Frame(Produce([1]), Version, 2));
        Produces.Call first = await produces.NextAsync();
        Produces.Call second = await produces.NextAsync();

        Task stopping = broker.StopAsync();
        Assert.False(ended.IsCompleted);
        second.Answer(new ProduceResponse());
        first.Answer(new ProduceResponse());
        await stopping;

        Assert.Equal(ConnectionCloseReason.Stopped, await ended);
        Assert.Equal(1, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        Assert.Equal(2, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        await client.ExpectClosedAsync();
        await idle.ExpectClosedAsync();
    }

    [Fact]
    public async Task A_handler_that_waits_is_told_to_end_waiting()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var broker = new TestBroker(new TestHandler<HeartbeatRequest, HeartbeatResponse>(async (context, _, _) =>
        {
            var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using CancellationTokenRegistration registration = context.EndWaiting.Register(waiting.SetResult);
            started.SetResult();
            await waiting.Task;
            return new HeartbeatResponse();
        }));
        using TestClient client = broker.Connect();

        await client.SendAsync(new HeartbeatRequest(), 0, 1);
        await started.Task;
        await broker.StopAsync();

        Assert.Equal(1, (await client.ReceiveAsync<HeartbeatResponse>(0)).CorrelationId);
    }

    [Fact]
    public async Task A_request_that_has_not_begun_is_left_to_another_broker()
    {
        var produces = new Produces();
        await using var broker = new TestBroker(produces.Handler());
        using TestClient client = broker.Connect();

        await client.SendAsync(TestClient.Frame(Produce([1]), Version, 1), TestClient.Frame(Produce([1]), Version, 2));
        Produces.Call first = await produces.NextAsync();
        Task stopping = broker.StopAsync();
        first.Answer(new ProduceResponse());
        await stopping;

        Assert.Equal(1, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        await client.ExpectClosedAsync();
        Assert.False(produces.AnyStarted);
    }

    [Fact]
    public async Task After_the_deadline_handlers_are_cancelled_and_connections_cut_off()
    {
        var produces = new Produces();
        await using var broker = new TestBroker(produces.Handler(mayOverlap: true, holdsPayload: true));
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);
        await client.SendAsync(Produce([1]), Version, 1);
        await produces.NextAsync();

        Task stopping = broker.StopAsync();
        Assert.False(ended.IsCompleted);
        await broker.AbortAsync();
        await stopping;

        Assert.Equal(ConnectionCloseReason.Aborted, await ended);
        await client.ExpectClosedAsync();
    }
}
