using CsCheck;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.ObjectStores.Decorators;

public sealed class HedgingObjectStoreTests : IAsyncLifetime, IDisposable
{
    private static readonly HedgingOptions Options = new() { MinSamples = 10, WindowLength = 64, MaxShare = 1 };
    private static readonly TimeSpan Usual = TimeSpan.FromMilliseconds(20);
    private static readonly byte[] Body = Bodies.Random(1000);

    private readonly FakeTimeProvider _clock = new();
    private readonly ObjectStoreMetrics _metrics = new(new ObjectStorePrices());
    private readonly RecordedMetrics _recorded;
    private readonly InterceptedStore _inner;
    private readonly HedgingObjectStore _store;
    private readonly byte[] _destination = new byte[600];
    private readonly List<Request> _requests = [];

    public HedgingObjectStoreTests()
    {
        _recorded = new RecordedMetrics(_metrics.Meter);
        _inner = new InterceptedStore(new MemoryObjectStore(_clock));
        _store = new HedgingObjectStore(_inner, Options, _clock, _metrics);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private double Hedges => _recorded.Sum("kafscale_object_store_hedges_total");

    private double HedgeWins => _recorded.Sum("kafscale_object_store_hedge_wins_total");

    public async ValueTask InitializeAsync() => await _inner.PutAsync("key", Bodies.Whole(Body), PutCondition.None, Cancellation);

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        _recorded.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task No_read_is_slow_before_enough_are_known()
    {
        await LearnAsync(reads: Options.MinSamples - 1);
        var read = ReadHeldUp(Cancellation);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Single(_requests);
        _requests[0].Answer();
        Assert.Equal(600, await read);
    }

    [Fact]
    public async Task A_read_that_takes_longer_than_most_gets_a_second_request_and_the_first_answer_counts()
    {
        await LearnAsync();
        var read = ReadHeldUp(Cancellation);
        _clock.Advance(Usual - TimeSpan.FromMilliseconds(1));
        Assert.Single(_requests);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, _requests.Count);
        _requests[1].Answer();
        Assert.Equal(600, await read);
        Assert.Equal(Body[400..], _destination);
        Assert.True(_requests[0].CancellationToken.IsCancellationRequested);
        Assert.Equal((1, 1), (Hedges, HedgeWins));
    }

    [Fact]
    public async Task The_first_request_may_still_answer_first()
    {
        await LearnAsync();
        var read = ReadHeldUp(Cancellation);
        _clock.Advance(Usual);
        _requests[0].Answer();
        Assert.Equal(600, await read);
        Assert.Equal(Body[400..], _destination);
        Assert.True(_requests[1].CancellationToken.IsCancellationRequested);
        Assert.Equal((1, 0), (Hedges, HedgeWins));
    }

    [Fact]
    public async Task A_read_near_the_end_of_the_object_is_cut_there_whoever_answers()
    {
        await LearnAsync();
        HoldUp();
        var read = _store.ReadAsync("key", 990, _destination, Cancellation).AsTask();
        _clock.Advance(Usual);
        _requests[1].Answer();
        Assert.Equal(10, await read);
        Assert.Equal(Body[990..], _destination[..10]);
        Assert.All(_destination.Skip(10), untouched => Assert.Equal(0, untouched));
    }

    [Fact]
    public async Task No_read_returns_while_the_loser_could_still_write_into_the_caller_s_memory()
    {
        await LearnAsync();
        var read = ReadHeldUp(Cancellation, heedsCancellation: false);
        _clock.Advance(Usual);
        _requests[1].Answer();
        await _requests[0].Cancelled;
        Assert.False(read.IsCompleted);
        _requests[0].Answer();
        Assert.Equal(600, await read);
        Assert.Equal(Body[400..], _destination);
    }

    [Fact]
    public async Task A_read_that_fails_in_time_fails_without_a_second_request()
    {
        await LearnAsync();
        var read = ReadHeldUp(Cancellation);
        _requests[0].Fail(new IOException("first"));
        Assert.Equal("first", (await Assert.ThrowsAsync<IOException>(() => read)).Message);
        Assert.Single(_requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_failure_of_one_request_leaves_the_answer_to_the_other(int failed)
    {
        await LearnAsync();
        var read = ReadHeldUp(Cancellation);
        _clock.Advance(Usual);
        _requests[failed].Fail(new IOException("failed"));
        Assert.False(read.IsCompleted);
        _requests[1 - failed].Answer();
        Assert.Equal(600, await read);
        Assert.Equal(Body[400..], _destination);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Where_both_fail_the_first_request_s_failure_is_thrown(int failsFirst)
    {
        await LearnAsync();
        var read = ReadHeldUp(Cancellation);
        _clock.Advance(Usual);
        _requests[failsFirst].Fail(new IOException($"{failsFirst}"));
        _requests[1 - failsFirst].Fail(new IOException($"{1 - failsFirst}"));
        Assert.Equal("0", (await Assert.ThrowsAsync<IOException>(() => read)).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task That_there_is_no_such_object_is_an_answer_of_either(int answers)
    {
        await LearnAsync();
        var read = ReadHeldUp(Cancellation);
        _clock.Advance(Usual);
        _requests[answers].Fail(new ObjectNotFoundException("key"));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => read);
        Assert.True(_requests[1 - answers].CancellationToken.IsCancellationRequested);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public async Task The_caller_s_cancellation_ends_all_requests_and_is_its_own(int afterMs)
    {
        await LearnAsync();
        using var cancellation = new CancellationTokenSource();
        var read = ReadHeldUp(cancellation.Token);
        _clock.Advance(TimeSpan.FromMilliseconds(afterMs));
        Assert.Equal(afterMs == 0 ? 1 : 2, _requests.Count);
        await cancellation.CancelAsync();
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.Equal(cancellation.Token, exception.CancellationToken);
        Assert.All(_requests, request => Assert.True(request.CancellationToken.IsCancellationRequested));
    }

    [Fact]
    public async Task What_the_store_cancels_by_itself_is_not_taken_for_the_caller_s_wish()
    {
        await LearnAsync();
        using var cancellation = new CancellationTokenSource();
        var read = ReadHeldUp(cancellation.Token);
        _requests[0].Fail(new TaskCanceledException("The request took too long."));
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.NotEqual(cancellation.Token, exception.CancellationToken);
    }

    [Fact]
    public async Task Large_reads_are_compared_with_large_reads()
    {
        await LearnAsync();
        HoldUp();
        var large = _store.ReadAsync("key", 0, new byte[2 << 20], Cancellation).AsTask();
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Single(_requests);
        _requests[0].Answer();
        Assert.Equal(1000, await large);
    }

    [Fact]
    public async Task Where_all_reads_are_fast_a_second_request_waits_for_the_shortest_delay()
    {
        await LearnAsync(latency: TimeSpan.FromMilliseconds(1));
        var read = ReadHeldUp(Cancellation);
        _clock.Advance(Options.ShortestDelay - TimeSpan.FromMilliseconds(1));
        Assert.Single(_requests);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, _requests.Count);
        _requests[1].Answer();
        await read;
    }

    [Fact]
    public void For_any_latencies_the_second_requests_keep_to_their_share() =>
        Gen.Select(Gen.Int[1, 100].Array[1, 300], Gen.Double[0, 0.3]).Sample(
            (latencies, share) =>
            {
                var clock = new FakeTimeProvider();
                var options = Options with { MaxShare = share, MaxBurst = 3 };
                var inner = new InterceptedStore(new MemoryObjectStore(clock));
                var put = inner.PutAsync("key", Bodies.Whole(Body), PutCondition.None, default);
                Assert.True(put.IsCompletedSuccessfully);
                var store = new HedgingObjectStore(inner, options, clock, _metrics);
                inner.Before = async (_, _, cancellationToken) =>
                {
                    // Unlike a delay of the class library, it is cancelled on the thread that cancels.
                    var passed = new TaskCompletionSource();
                    var latency = TimeSpan.FromMilliseconds(latencies[(inner.Begun - 2) % latencies.Length]);
                    using var timer = clock.CreateTimer(_ => passed.TrySetResult(), null, latency, Timeout.InfiniteTimeSpan);
                    using var registration = cancellationToken.UnsafeRegister(_ => passed.TrySetCanceled(cancellationToken), null);
                    await passed.Task;
                };
                for (var reads = 1; reads <= latencies.Length; reads++)
                {
                    var read = store.ReadAsync("key", 0, new byte[1000], default).AsTask();
                    for (var ms = 0; !read.IsCompleted; ms++)
                    {
                        Assert.True(ms <= 200, "The read hangs.");
                        clock.Advance(TimeSpan.FromMilliseconds(1));
                    }

                    Assert.True(read.IsCompletedSuccessfully);
                    var hedges = inner.Begun - 1 - reads;
                    Assert.True(hedges <= (share * reads) + 1e-6, $"{hedges} second requests for {reads} reads.");
                }
            },
            iter: 30,
            threads: 1);

    /// <summary>Reads that take <see cref="Usual"/>, or another time, until it is known what is slow.</summary>
    private async Task LearnAsync(int reads = 32, TimeSpan? latency = null)
    {
        _inner.Before = (_, _, _) =>
        {
            _clock.Advance(latency ?? Usual);
            return default;
        };
        for (var i = 0; i < reads; i++)
            await _store.ReadAsync("key", 0, _destination, Cancellation);
        Array.Clear(_destination);
    }

    private Task<int> ReadHeldUp(CancellationToken cancellationToken, bool heedsCancellation = true)
    {
        HoldUp(heedsCancellation);
        return _store.ReadAsync("key", 400, _destination, cancellationToken).AsTask();
    }

    private void HoldUp(bool heedsCancellation = true) =>
        _inner.Before = async (_, _, cancellationToken) =>
        {
            var request = new Request(cancellationToken);
            _requests.Add(request);
            await request.Answered.WaitAsync(heedsCancellation ? cancellationToken : CancellationToken.None);
        };

    /// <summary>A request that the store has and has not answered yet.</summary>
    private sealed class Request
    {
        private readonly TaskCompletionSource _answered = new();
        private readonly TaskCompletionSource _cancelled = new();

        public Request(CancellationToken cancellationToken)
        {
            CancellationToken = cancellationToken;
            cancellationToken.UnsafeRegister(cancelled => ((TaskCompletionSource)cancelled!).SetResult(), _cancelled);
        }

        public CancellationToken CancellationToken { get; }

        public Task Answered => _answered.Task;

        public Task Cancelled => _cancelled.Task;

        public void Answer() => _answered.SetResult();

        public void Fail(Exception exception) => _answered.SetException(exception);
    }
}
