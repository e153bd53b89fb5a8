using CsCheck;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.ObjectStores.Decorators;

public sealed class RetryingObjectStoreTests : ObjectStoreContract
{
    private static readonly RetryOptions Options = new()
    {
        MaxAttempts = 4,
        FirstDelay = TimeSpan.FromMilliseconds(100),
        LongestDelay = TimeSpan.FromMilliseconds(1500),
        ThrottledFactor = 10,
        BudgetCapacity = 1_000_000,
    };

    private readonly FakeTimeProvider _clock = new();
    private readonly ObjectStoreMetrics _metrics = new(new ObjectStorePrices());
    private readonly RecordedMetrics _recorded;
    private readonly InterceptedStore _inner;
    private int _attempts;

    public RetryingObjectStoreTests()
    {
        _recorded = new RecordedMetrics(_metrics.Meter);
        _inner = new InterceptedStore(new MemoryObjectStore(_clock));
    }

    public static TheoryData<ObjectStoreOperation> Operations() => [.. Enum.GetValues<ObjectStoreOperation>()];

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task What_fails_for_a_passing_reason_is_tried_again(ObjectStoreOperation operation)
    {
        await PutAsync("key", [1]);
        FailAttempts(2, ObjectStoreFailure.Unavailable);
        await PerformAsync(AtOnce(), operation);
        Assert.Equal(3, _attempts);
        Assert.Equal(2, _recorded.Sum("kafscale_object_store_retries_total{reason=unavailable}"));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public async Task When_the_attempts_are_used_up_the_last_failure_is_thrown(ObjectStoreOperation operation)
    {
        var failures = FailAttempts(100, ObjectStoreFailure.TimedOut);
        var thrown = await Assert.ThrowsAsync<ObjectStoreException>(() => PerformAsync(AtOnce(), operation));
        Assert.Equal(Options.MaxAttempts, _attempts);
        Assert.Same(failures[^1], thrown);
    }

    [Theory]
    [InlineData(ObjectStoreFailure.Denied)]
    [InlineData(ObjectStoreFailure.Rejected)]
    public async Task What_will_not_pass_is_not_tried_again(ObjectStoreFailure failure)
    {
        foreach (var operation in Enum.GetValues<ObjectStoreOperation>())
        {
            FailAttempts(100, failure);
            Assert.Equal(failure, (await Assert.ThrowsAsync<ObjectStoreException>(() => PerformAsync(AtOnce(), operation))).Failure);
            Assert.Equal(1, _attempts);
        }
    }

    [Fact]
    public async Task An_answer_is_not_asked_for_again()
    {
        await PutAsync("taken", [1]);
        var begun = _inner.Begun;
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await Store.ReadAsync("missing", 0, new byte[1], Cancellation));
        Assert.Null(await Store.HeadAsync("missing", Cancellation));
        await Assert.ThrowsAsync<ObjectAlreadyExistsException>(async () => await PutAsync("taken", [1], PutCondition.IfNoneMatch));
        Assert.Equal(3, _inner.Begun - begun);
    }

    [Fact]
    public async Task Errors_that_the_store_does_not_name_and_its_own_timeouts_are_tried_again()
    {
        FailAttempts([new IOException("Connection reset."), new TaskCanceledException("The request took too long.")]);
        Assert.Null(await AtOnce().HeadAsync("key", Cancellation));
        Assert.Equal(3, _attempts);
    }

    [Fact]
    public async Task A_mistake_is_not_tried_again()
    {
        FailAttempts([new InvalidOperationException("A bug.")]);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await AtOnce().HeadAsync("key", Cancellation));
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task The_waits_double_up_to_the_longest_and_are_ten_times_as_long_where_the_store_throttles()
    {
        Assert.Equal([99, 198, 396], await WaitsAsync(ObjectStoreFailure.Unavailable));
        Assert.Equal([990, 1485, 1485], await WaitsAsync(ObjectStoreFailure.Throttled));
    }

    [Fact]
    public async Task The_caller_s_cancellation_ends_a_wait_at_once()
    {
        using var cancellation = new CancellationTokenSource();
        FailAttempts(100, ObjectStoreFailure.Unavailable);
        var head = Retrying(new FixedRandom(0.99)).HeadAsync("key", cancellation.Token).AsTask();
        Assert.False(head.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => head);
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task A_failure_after_the_caller_s_cancellation_is_not_tried_again()
    {
        using var cancellation = new CancellationTokenSource();
        _inner.Before = async (_, _, _) =>
        {
            _attempts++;
            await cancellation.CancelAsync();
            throw new ObjectStoreException(ObjectStoreFailure.Unavailable, "Connection reset.");
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await AtOnce().HeadAsync("key", cancellation.Token));
        Assert.Equal(1, _attempts);
    }

    [Fact]
    public async Task In_an_outage_the_budget_bounds_the_retries_of_all_that_share_it()
    {
        var options = Options with { BudgetCapacity = 20, BudgetPerRequest = 0.1, BudgetPerSecond = 0 };
        var policy = new RetryPolicy(options, _clock, new FixedRandom(0), _metrics);
        var lanes = new[] { new RetryingObjectStore(_inner, policy), new RetryingObjectStore(_inner, policy) };
        FailAttempts(int.MaxValue, ObjectStoreFailure.Unavailable);
        const int Requests = 1000;
        for (var i = 0; i < Requests; i++)
            await Assert.ThrowsAsync<ObjectStoreException>(async () => await lanes[i % 2].HeadAsync("key", Cancellation));
        Assert.InRange(_attempts, Requests + (Requests / 10), Requests + (Requests / 10) + 20);
        Assert.True(_recorded.Sum("kafscale_object_store_retry_budget_exhausted_total") > 800);
    }

    [Fact]
    public async Task A_conditional_put_whose_answer_was_lost_finds_its_own_object_and_succeeds()
    {
        LoseAnswers(ObjectStoreOperation.Put, times: 1);
        var body = Bodies.Random(2_500_000);
        await AtOnce().PutAsync("mine", Bodies.InSegments(body, 4096), PutCondition.IfNoneMatch, Cancellation);
        Assert.Equal(body, await ReadWholeAsync("mine"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_conditional_put_whose_answer_was_lost_accepts_an_object_of_any_length(int length)
    {
        LoseAnswers(ObjectStoreOperation.Put, times: 1);
        await AtOnce().PutAsync("mine", Bodies.InSegments(Bodies.Random(length), 1), PutCondition.IfNoneMatch, Cancellation);
    }

    [Theory]
    [InlineData(new byte[] { 1, 2, 4 })]
    [InlineData(new byte[] { 1, 2 })]
    [InlineData(new byte[] { 1, 2, 3, 4 })]
    [InlineData(new byte[] { })]
    public async Task A_conditional_put_that_failed_and_then_finds_another_s_object_says_so(byte[] others)
    {
        var isFirst = true;
        _inner.Before = async (operation, key, _) =>
        {
            if (operation != ObjectStoreOperation.Put || !isFirst)
                return;
            isFirst = false;
            await _inner.PutAsync(key, Bodies.Whole(others), PutCondition.None, Cancellation);
            throw new ObjectStoreException(ObjectStoreFailure.TimedOut, "No answer.");
        };
        var exception = await Assert.ThrowsAsync<ObjectAlreadyExistsException>(
            async () => await AtOnce().PutAsync("others", Bodies.Whole([1, 2, 3]), PutCondition.IfNoneMatch, Cancellation));
        Assert.Equal("others", exception.Key);
        Assert.Equal(others, await ReadWholeAsync("others"));
    }

    [Fact]
    public async Task A_conditional_put_whose_object_cannot_be_compared_says_that_its_outcome_is_unknown()
    {
        LoseAnswers(ObjectStoreOperation.Put, times: 1);
        _inner.Before = (operation, _, _) => operation == ObjectStoreOperation.Get ? throw new ObjectStoreException(ObjectStoreFailure.TimedOut, "No answer.") : default;
        await Assert.ThrowsAsync<ObjectStoreException>(
            async () => await AtOnce().PutAsync("mine", Bodies.Whole([1]), PutCondition.IfNoneMatch, Cancellation));
    }

    [Fact]
    public void For_any_failures_the_result_is_that_of_the_first_attempt_that_does_not_pass_by_itself() =>
        Gen.Select(Gen.Enum<ObjectStoreOperation>(), Gen.Enum<ObjectStoreFailure>().Array[0, 6]).Sample((operation, failures) =>
        {
            _inner.Before = null;
            PerformAsync(_inner, ObjectStoreOperation.Put).GetAwaiter().GetResult();
            FailAttempts([.. failures.Select(failure => new ObjectStoreException(failure, "As the test wants it."))]);
            var lastAttempt = failures.TakeWhile(failure => failure is not (ObjectStoreFailure.Denied or ObjectStoreFailure.Rejected)).Count() + 1;
            lastAttempt = Math.Min(lastAttempt, Options.MaxAttempts);
            var thrown = Record.Exception(() => PerformAsync(AtOnce(), operation).GetAwaiter().GetResult());
            Assert.Equal(lastAttempt, _attempts);
            Assert.Equal(failures.Length >= lastAttempt ? failures[lastAttempt - 1] : null, (thrown as ObjectStoreException)?.Failure);
        }, threads: 1);

    [Fact]
    public void For_any_failures_of_a_conditional_put_its_outcome_is_true() =>
        Gen.Select(Gen.Int[0, 2].Array[0, 5], Gen.Int[-1, 4]).Sample((faults, rivalAt) =>
        {
            // 0: the put fails before it takes effect, 1: after, 2: it does what it should.
            var objects = new MemoryObjectStore(_clock);
            var inner = new InterceptedStore(objects);
            var puts = 0;
            inner.Before = async (operation, key, _) =>
            {
                if (operation != ObjectStoreOperation.Put)
                    return;
                if (puts++ == rivalAt && await objects.HeadAsync(key, Cancellation) is null)
                    await objects.PutAsync(key, Bodies.Whole([9, 9]), PutCondition.None, Cancellation);
                if (faults.ElementAtOrDefault(puts - 1) == 0 && puts <= faults.Length)
                    throw new ObjectStoreException(ObjectStoreFailure.Unavailable, "Connection refused.");
            };
            inner.After = (operation, _, _) => operation == ObjectStoreOperation.Put && faults.ElementAtOrDefault(puts - 1) == 1
                ? throw new ObjectStoreException(ObjectStoreFailure.TimedOut, "No answer.")
                : default;
            var store = new RetryingObjectStore(inner, new RetryPolicy(Options, _clock, new FixedRandom(0), _metrics));
            var thrown = Record.Exception(() => store.PutAsync("key", Bodies.Whole([1, 2]), PutCondition.IfNoneMatch, Cancellation).AsTask().GetAwaiter().GetResult());
            var stored = new byte[2];
            var exists = objects.HeadAsync("key", Cancellation).AsTask().GetAwaiter().GetResult() is not null;
            if (exists)
                _ = objects.ReadAsync("key", 0, stored, Cancellation).AsTask().GetAwaiter().GetResult();
            switch (thrown)
            {
                case null:
                    Assert.Equal([1, 2], stored);
                    break;
                case ObjectAlreadyExistsException:
                    Assert.Equal([9, 9], stored);
                    break;
                default:
                    Assert.IsType<ObjectStoreException>(thrown);
                    Assert.Equal(Options.MaxAttempts, puts);
                    break;
            }
        });

    [Fact]
    public async Task A_listing_that_breaks_off_anywhere_and_often_neither_skips_nor_repeats()
    {
        var keys = Enumerable.Range(0, 60).Select(number => $"list/{number:D3}").ToArray();
        foreach (var key in keys)
            await PutAsync(key, [1]);
        Gen.Int[0, 3].Array[1, 60].Sample(failures =>
        {
            // So often it breaks off behind each object, and before the first.
            var left = failures.ToArray();
            _inner.Before = (_, key, _) =>
            {
                var position = key.Length == 0 ? 0 : 1 + int.Parse(key[^3..]);
                return position < left.Length && left[position]-- > 0
                    ? throw new ObjectStoreException(ObjectStoreFailure.Unavailable, "Connection reset.")
                    : default;
            };
            Assert.Equal(keys, ListKeysAsync("list/", null).GetAwaiter().GetResult());
        }, threads: 1);
    }

    protected override ValueTask<IObjectStore> OpenAsync() => ValueTask.FromResult<IObjectStore>(AtOnce());

    protected override ValueTask CloseAsync()
    {
        _recorded.Dispose();
        _metrics.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task PerformAsync(IObjectStore store, ObjectStoreOperation operation)
    {
        switch (operation)
        {
            case ObjectStoreOperation.Put:
                await store.PutAsync("key", Bodies.Whole([1]), PutCondition.None, Cancellation);
                break;
            case ObjectStoreOperation.Get:
                await store.ReadAsync("key", 0, new byte[1], Cancellation);
                break;
            case ObjectStoreOperation.Head:
                await store.HeadAsync("key", Cancellation);
                break;
            case ObjectStoreOperation.List:
                await store.ListAsync("nothing/", null, Cancellation).ToListAsync(Cancellation);
                break;
            default:
                await store.DeleteAsync(["key"], Cancellation);
                break;
        }
    }

    /// <summary>A store that does not wait between attempts.</summary>
    private RetryingObjectStore AtOnce() => Retrying(new FixedRandom(0));

    private RetryingObjectStore Retrying(Random random) => new(_inner, new RetryPolicy(Options, _clock, random, _metrics));

    private List<Exception> FailAttempts(int times, ObjectStoreFailure failure)
    {
        var thrown = new List<Exception>();
        _attempts = 0;
        _inner.Before = (_, _, _) =>
        {
            if (_attempts++ >= times)
                return default;
            thrown.Add(new ObjectStoreException(failure, "As the test wants it."));
            throw thrown[^1];
        };
        return thrown;
    }

    private void FailAttempts(IReadOnlyList<Exception> failures)
    {
        _attempts = 0;
        _inner.Before = (_, _, _) => _attempts++ < failures.Count ? throw failures[_attempts - 1] : default;
    }

    private void LoseAnswers(ObjectStoreOperation lost, int times) =>
        _inner.After = (operation, _, _) =>
            operation == lost && times-- > 0 ? throw new ObjectStoreException(ObjectStoreFailure.TimedOut, "The answer is lost.") : default;

    /// <summary>The waits before the further attempts, in milliseconds, with a jitter of 0.99.</summary>
    private async Task<List<int>> WaitsAsync(ObjectStoreFailure failure)
    {
        FailAttempts(100, failure);
        var waits = new List<int>();
        var head = Retrying(new FixedRandom(0.99)).HeadAsync("key", Cancellation).AsTask();
        for (var attempt = 1; attempt < Options.MaxAttempts; attempt++)
        {
            var waited = 0;
            for (; _attempts == attempt; waited++)
                _clock.Advance(TimeSpan.FromMilliseconds(1));
            waits.Add(waited);
        }

        await Assert.ThrowsAsync<ObjectStoreException>(() => head);
        return waits;
    }
}
