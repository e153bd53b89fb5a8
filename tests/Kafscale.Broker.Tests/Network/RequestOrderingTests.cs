using Kafscale.Broker.Network;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Network.RequestFramingTests;
using Heartbeats = Kafscale.Broker.Tests.Network.GatedCalls<
    Kafscale.Protocol.Messages.HeartbeatRequest, Kafscale.Protocol.Messages.HeartbeatResponse>;
using Produces = Kafscale.Broker.Tests.Network.GatedCalls<
    Kafscale.Protocol.Messages.ProduceRequest, Kafscale.Protocol.Messages.ProduceResponse>;

namespace Kafscale.Broker.Tests.Network;

public sealed class RequestOrderingTests
{
    private const short Version = 9;

    [Fact]
    public async Task Overlapping_requests_are_in_progress_together_and_answered_in_order()
    {
        var produces = new Produces();
        await using var broker = new TestBroker(produces.Handler(mayOverlap: true));
        using TestClient client = broker.Connect();

        await client.SendAsync([.. Enumerable.Range(0, 5).Select(id => TestClient.Frame(Produce([1]), Version, id))]);
        var calls = new List<Produces.Call>();
        for (int id = 0; id < 5; id++)
        {
            calls.Add(await produces.NextAsync());
        }

        calls.Reverse();
        calls.ForEach(call => call.Answer(new ProduceResponse()));

        for (int id = 0; id < 5; id++)
        {
            Assert.Equal(id, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        }
    }

    [Fact]
    public async Task Other_requests_run_one_after_another()
    {
        var heartbeats = new Heartbeats();
        await using var broker = new TestBroker(heartbeats.Handler());
        using TestClient client = broker.Connect();

        await client.SendAsync([.. Enumerable.Range(0, 5).Select(id => TestClient.Frame(new HeartbeatRequest(), 0, id))]);
        for (int id = 0; id < 5; id++)
        {
            Heartbeats.Call call = await heartbeats.NextAsync();
            Assert.Equal(id, call.Context.CorrelationId);
            call.Answer(new HeartbeatResponse());
            Assert.Equal(id, (await client.ReceiveAsync<HeartbeatResponse>(0)).CorrelationId);
        }

        Assert.Equal(1, heartbeats.MaxInProgress);
    }

    [Fact]
    public async Task What_may_not_overlap_waits_for_all_before_it_and_holds_up_all_behind_it()
    {
        var produces = new Produces();
        var heartbeats = new Heartbeats();
        await using var broker = new TestBroker(produces.Handler(mayOverlap: true), heartbeats.Handler());
        using TestClient client = broker.Connect();

        await client.SendAsync(
            TestClient.Frame(Produce([1]), Version, 0),
            TestClient.Frame(Produce([1]), Version, 1),
            TestClient.Frame(new HeartbeatRequest(), 0, 2),
            TestClient.Frame(Produce([1]), Version, 3));

        Produces.Call first = await produces.NextAsync();
        Produces.Call second = await produces.NextAsync();
        second.Answer(new ProduceResponse());
        Assert.False(heartbeats.AnyStarted);
        first.Answer(new ProduceResponse());

        Heartbeats.Call heartbeat = await heartbeats.NextAsync();
        Assert.False(produces.AnyStarted);
        heartbeat.Answer(new HeartbeatResponse());

        (await produces.NextAsync()).Answer(new ProduceResponse());
        Assert.Equal(0, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        Assert.Equal(1, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        Assert.Equal(2, (await client.ReceiveAsync<HeartbeatResponse>(0)).CorrelationId);
        Assert.Equal(3, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
    }

    [Fact]
    public async Task No_more_than_the_limit_is_in_progress_on_one_connection()
    {
        var produces = new Produces();
        await using var broker = new TestBroker(
            new NetworkLimits { MaxRequestsInProgress = 3 }, TimeProvider.System, produces.Handler(mayOverlap: true));
        using TestClient client = broker.Connect();

        await client.SendAsync([.. Enumerable.Range(0, 20).Select(id => TestClient.Frame(Produce([1]), Version, id))]);
        for (int id = 0; id < 20; id++)
        {
            (await produces.NextAsync()).Answer(new ProduceResponse());
            Assert.Equal(id, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        }

        Assert.InRange(produces.MaxInProgress, 1, 3);
    }

    [Fact]
    public async Task A_request_without_answer_leaves_the_others_in_order()
    {
        var produces = new Produces();
        await using var broker = new TestBroker(produces.Handler(mayOverlap: true));
        using TestClient client = broker.Connect();

        await client.SendAsync([.. Enumerable.Range(0, 4).Select(id => TestClient.Frame(Produce([1], acks: 0), Version, id))]);
        for (int id = 0; id < 4; id++)
        {
            (await produces.NextAsync()).Answer(id % 2 == 0 ? null : new ProduceResponse());
        }

        Assert.Equal(1, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        Assert.Equal(3, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
    }

    [Fact]
    public async Task A_payload_stays_in_place_until_it_is_consumed_and_holds_up_the_next_request()
    {
        var produces = new Produces();
        await using var broker = new TestBroker(produces.Handler(mayOverlap: true, holdsPayload: true));
        using TestClient client = broker.Connect(inputPauseBytes: 4096);
        byte[] first = [.. Enumerable.Range(0, 20_000).Select(i => (byte)i)];
        byte[] second = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7))];

        Task sending = client.SendAsync(TestClient.Frame(Produce(first), Version, 0), TestClient.Frame(Produce(second), Version, 1));
        Produces.Call firstCall = await produces.NextAsync();
        Assert.Equal(first, Records(firstCall.Request));
        Assert.False(produces.AnyStarted);
        firstCall.Context.PayloadConsumed();
        firstCall.Context.PayloadConsumed();

        Produces.Call secondCall = await produces.NextAsync();
        Assert.Equal(second, Records(secondCall.Request));
        Assert.Equal(2, produces.MaxInProgress);
        secondCall.Answer(new ProduceResponse());
        firstCall.Answer(new ProduceResponse());
        Assert.Equal(0, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        Assert.Equal(1, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        await sending;
    }

    [Fact]
    public async Task A_handler_that_consumes_its_payload_under_a_lock_is_not_entered_again_by_the_next_request()
    {
        int depth = 0;
        bool nested = false;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var broker = new TestBroker(new TestHandler<ProduceRequest, ProduceResponse>(
            async (context, _, _) =>
            {
                await Task.Yield();
                lock (done)
                {
                    nested |= depth++ > 0;
                    context.PayloadConsumed();
                    depth--;
                }

                return new ProduceResponse();
            },
            mayOverlap: true,
            holdsPayload: true));
        using TestClient client = broker.Connect();

        await client.SendAsync([.. Enumerable.Range(0, 30).Select(id => TestClient.Frame(Produce([1]), Version, id))]);
        for (int id = 0; id < 30; id++)
        {
            Assert.Equal(id, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        }

        Assert.False(nested);
    }

    [Fact]
    public async Task A_handler_that_fails_is_answered_with_an_unknown_server_error_where_the_response_has_a_place_for_it()
    {
        await using var broker = new TestBroker(
            new TestHandler<HeartbeatRequest, HeartbeatResponse>((_, _, _) => throw new InvalidOperationException("sync")),
            new TestHandler<ListGroupsRequest, ListGroupsResponse>(async (_, _, _) =>
            {
                await Task.Yield();
                throw new InvalidOperationException("async");
            }));
        using TestClient client = broker.Connect();

        await client.SendAsync(new HeartbeatRequest(), 0, 1);
        Assert.Equal(ErrorCode.UnknownServerError, (await client.ReceiveAsync<HeartbeatResponse>(0)).Response.ErrorCode);
        await client.SendAsync(new ListGroupsRequest(), 0, 2);
        Assert.Equal(ErrorCode.UnknownServerError, (await client.ReceiveAsync<ListGroupsResponse>(0)).Response.ErrorCode);
        await client.ExpectWorkingAsync();
        Assert.Single(broker.Log.Lines);
    }

    [Fact]
    public async Task A_handler_that_fails_without_a_place_for_the_error_closes_its_connection_after_the_answers_before_it()
    {
        var produces = new Produces();
        await using var broker = new TestBroker(produces.Handler(mayOverlap: true));
        using TestClient other = broker.Connect();
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        await client.SendAsync([.. Enumerable.Range(0, 3).Select(id => TestClient.Frame(Produce([1]), Version, id))]);
        Produces.Call first = await produces.NextAsync();
        Produces.Call second = await produces.NextAsync();
        Produces.Call third = await produces.NextAsync();
        third.Answer(new ProduceResponse());
        second.Answered.SetException(new InvalidOperationException("no"));
        first.Answer(new ProduceResponse());

        Assert.Equal(0, (await client.ReceiveAsync<ProduceResponse>(Version)).CorrelationId);
        await client.ExpectClosedAsync();
        Assert.Equal(ConnectionCloseReason.HandlerFailed, await ended);
        await other.ExpectWorkingAsync();
    }

    [Fact]
    public async Task A_response_that_its_version_cannot_carry_closes_its_connection_only()
    {
        await using var broker = new TestBroker(new TestHandler<HeartbeatRequest, HeartbeatResponse>(
            (_, _, _) => new(new HeartbeatResponse { UnknownTaggedFields = [new UnknownTaggedField(1, [1])] })));
        using TestClient other = broker.Connect();
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        await client.SendAsync(new HeartbeatRequest(), 0, 1);

        await client.ExpectClosedAsync();
        Assert.Equal(ConnectionCloseReason.HandlerFailed, await ended.WaitAsync(TestClient.Patience));
        await other.ExpectWorkingAsync();
    }

    [Fact]
    public async Task Resources_of_a_request_are_released_after_its_response_was_written()
    {
        var heartbeats = new Heartbeats();
        await using var broker = new TestBroker(heartbeats.Handler());
        using TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        await client.SendAsync(new HeartbeatRequest(), 0, 1);
        Heartbeats.Call call = await heartbeats.NextAsync();
        var resource = new CountingResource();
        call.Context.RegisterForDispose(resource);
        call.Answer(new HeartbeatResponse());
        await client.ReceiveAsync<HeartbeatResponse>(0);
        client.Dispose();
        await ended.WaitAsync(TestClient.Patience);

        Assert.Equal(1, resource.DisposeCount);
    }

    [Fact]
    public async Task Resources_of_a_request_are_released_where_the_client_has_gone_before_the_answer()
    {
        var heartbeats = new Heartbeats();
        await using var broker = new TestBroker(heartbeats.Handler());
        TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        await client.SendAsync(new HeartbeatRequest(), 0, 1);
        Heartbeats.Call call = await heartbeats.NextAsync();
        var resource = new CountingResource();
        call.Context.RegisterForDispose(resource);
        client.Dispose();
        call.Answer(new HeartbeatResponse());
        await ended.WaitAsync(TestClient.Patience);

        Assert.Equal(1, resource.DisposeCount);
    }

    [Fact]
    public async Task A_handler_that_waits_is_told_when_the_client_has_gone_and_is_not_cancelled()
    {
        var gone = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var broker = new TestBroker(new TestHandler<HeartbeatRequest, HeartbeatResponse>(
            async (context, _, cancellationToken) =>
            {
                var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                using CancellationTokenRegistration registration = context.EndWaiting.Register(waiting.SetResult);
                await waiting.Task;
                gone.SetResult(cancellationToken.IsCancellationRequested);
                return new HeartbeatResponse();
            }));
        TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        await client.SendAsync(new HeartbeatRequest(), 0, 1);
        client.Dispose();

        Assert.False(await gone.Task.WaitAsync(TestClient.Patience));
        Assert.Equal(ConnectionCloseReason.ClientClosed, await ended.WaitAsync(TestClient.Patience));
    }

    [Fact]
    public async Task What_a_client_sent_before_it_hung_up_is_done()
    {
        var seen = new List<int>();
        await using var broker = new TestBroker(new TestHandler<ProduceRequest, ProduceResponse>(
            async (context, _, _) =>
            {
                await Task.Yield();
                lock (seen)
                {
                    seen.Add(context.CorrelationId);
                }

                return null;
            }));
        TestClient client = broker.Connect(out Task<ConnectionCloseReason> ended);

        await client.SendAsync([.. Enumerable.Range(0, 100).Select(id => TestClient.Frame(Produce([1], acks: 0), Version, id))]);
        client.Dispose();
        await ended.WaitAsync(TestClient.Patience);

        Assert.Equal(Enumerable.Range(0, 100), seen);
    }

    private sealed class CountingResource : IDisposable
    {
        public int DisposeCount { get; private set; }

        public void Dispose() => DisposeCount++;
    }
}
