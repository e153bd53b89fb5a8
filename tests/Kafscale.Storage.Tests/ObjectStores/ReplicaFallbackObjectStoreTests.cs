using System.Buffers;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Replica;
using Kafscale.Storage.Segments;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.ObjectStores;

public sealed class ReplicaFallbackObjectStoreTests : IAsyncDisposable
{
    private const string Key = "default/wal/0000000000000001/00000000000000000001.wal";
    private const string SegmentKey = "default/orders/0/segment-00000000000000000000.kfs";

    private readonly FakeTimeProvider _time = new();
    private readonly InterceptedStore _primary = new();
    private readonly InterceptedStore _replica = new();
    private readonly ReadOutcomes _outcomes = new();
    private readonly ReplicaFallbackOptions _options = new() { MemoryCapacity = 100 };
    private readonly ReplicaFallbackObjectStore _store;

    public ReplicaFallbackObjectStoreTests()
    {
        _store = new ReplicaFallbackObjectStore(_primary, _replica, _options, _outcomes, _time);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_replica_has_is_not_read_from_the_primary()
    {
        var body = Bodies.Random(1_000);
        await ReplicateAsync(Key, body);
        Assert.Equal(body[100..200], await ReadAsync(Key, 100, 100));
        Assert.Equal(0, _primary.Reads);
        Assert.Equal([ReplicaReadOutcome.Replica], _outcomes.All);
    }

    [Fact]
    public async Task What_the_replica_does_not_have_yet_comes_from_the_primary()
    {
        var body = Bodies.Random(1_000);
        await _primary.PlaceAsync(Key, body);
        Assert.Equal(body, await ReadAsync(Key, 0, 1_000));
        Assert.Equal([ReplicaReadOutcome.Missing], _outcomes.All);
    }

    [Fact]
    public async Task A_replica_that_did_not_have_an_object_is_not_asked_for_it_again_at_once()
    {
        var body = Bodies.Random(1_000);
        await _primary.PlaceAsync(Key, body);
        for (var i = 0; i < 10; i++)
            await ReadAsync(Key, i * 100, 100);
        Assert.Equal(1, _replica.Reads);
        Assert.Equal(Enumerable.Repeat(ReplicaReadOutcome.KnownMissing, 9), _outcomes.All.Skip(1));
    }

    [Fact]
    public async Task After_a_while_it_is_asked_again()
    {
        await _primary.PlaceAsync(Key, Bodies.Random(1_000));
        await ReadAsync(Key, 0, 100);
        await _replica.PlaceAsync(Key, Bodies.Random(1_000));
        _time.Advance(_options.MissingMemory);
        await ReadAsync(Key, 0, 100);
        Assert.Equal([ReplicaReadOutcome.Missing, ReplicaReadOutcome.Replica], _outcomes.All);
    }

    [Fact]
    public async Task What_is_not_anywhere_is_missing()
    {
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => ReadAsync(Key, 0, 100));
        Assert.Empty(_outcomes.All);
    }

    [Fact]
    public async Task A_part_of_an_object_is_not_taken_for_the_whole()
    {
        var body = Bodies.Random(1_000);
        await _primary.PlaceAsync(Key, body);
        await _replica.PlaceAsync(Key, body[..500]);
        Assert.Equal(body[400..600], await ReadAsync(Key, 400, 200));
        Assert.Equal([ReplicaReadOutcome.Incomplete], _outcomes.All);
    }

    [Theory]
    [InlineData(ObjectStoreFailure.Unavailable)]
    [InlineData(ObjectStoreFailure.Throttled)]
    [InlineData(ObjectStoreFailure.Denied)]
    [InlineData(ObjectStoreFailure.Rejected)]
    public async Task No_error_of_the_replica_reaches_the_reader(ObjectStoreFailure failure)
    {
        var body = Bodies.Random(1_000);
        await ReplicateAsync(Key, body);
        _replica.BeforeRead = (_, _, _) => throw new ObjectStoreException(failure, "Trouble.");
        Assert.Equal(body, await ReadAsync(Key, 0, 1_000));
        Assert.Equal([ReplicaReadOutcome.Failed], _outcomes.All);
    }

    [Fact]
    public async Task An_error_that_nobody_expects_does_not_reach_the_reader_either()
    {
        await ReplicateAsync(Key, Bodies.Random(1_000));
        _replica.BeforeRead = (_, _, _) => throw new InvalidOperationException("A defect.");
        await ReadAsync(Key, 0, 1_000);
        Assert.Equal([ReplicaReadOutcome.Failed], _outcomes.All);
    }

    [Fact]
    public async Task An_error_of_the_primary_does()
    {
        _primary.BeforeRead = (_, _, _) => throw new ObjectStoreException(ObjectStoreFailure.Unavailable, "Trouble.");
        await Assert.ThrowsAsync<ObjectStoreException>(() => ReadAsync(Key, 0, 100));
    }

    [Fact]
    public async Task A_replica_that_hangs_is_given_up_after_a_time_that_depends_on_the_length()
    {
        var body = Bodies.Random(_options.SlowestBytesPerSecond);
        await ReplicateAsync(Key, body);
        Hang();
        var read = ReadAsync(Key, 0, body.Length);
        _time.Advance(_options.Timeout + TimeSpan.FromSeconds(0.9));
        Assert.False(read.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(body, await read);
        Assert.Equal([ReplicaReadOutcome.TimedOut], _outcomes.All);
    }

    [Fact]
    public async Task A_reader_that_gives_up_does_not_count_against_the_replica()
    {
        await ReplicateAsync(Key, Bodies.Random(100));
        Hang();
        for (var i = 0; i < 10; i++)
        {
            using var giveUp = new CancellationTokenSource();
            var read = _store.ReadAsync(Key, 0, new byte[100], giveUp.Token).AsTask();
            await giveUp.CancelAsync();
            var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
            Assert.Equal(giveUp.Token, exception.CancellationToken);
        }

        _replica.Before = null;
        await ReadAsync(Key, 0, 100);
        Assert.Equal([ReplicaReadOutcome.Replica], _outcomes.All);
        Assert.Equal(0, _primary.Reads);
    }

    [Fact]
    public async Task A_replica_that_is_down_is_left_alone_after_a_few_failures()
    {
        await ReplicateAsync(Key, Bodies.Random(100));
        _replica.BeforeRead = (_, _, _) => throw new ObjectStoreException(ObjectStoreFailure.Unavailable, "Down.");
        for (var i = 0; i < 100; i++)
            await ReadAsync(Key, 0, 100);
        Assert.Equal(_options.FailuresUntilSuspended, _replica.Reads);
        Assert.True(_outcomes.IsSuspended);
        Assert.Equal(ReplicaReadOutcome.Suspended, _outcomes.All[^1]);
    }

    [Fact]
    public async Task A_replica_that_hangs_now_and_then_is_left_alone_too()
    {
        await ReplicateAsync(Key, Bodies.Random(100));
        var reads = 0;
        for (var i = 0; i < 200 && !_outcomes.IsSuspended; i++)
        {
            _replica.BeforeRead = reads++ % 3 == 0 ? (_, _, _) => throw new ObjectStoreException(ObjectStoreFailure.TimedOut, "Slow.") : null;
            await ReadAsync(Key, 0, 100);
        }

        Assert.True(_outcomes.IsSuspended);
    }

    [Fact]
    public async Task Rare_failures_do_not_suspend_the_replica()
    {
        await ReplicateAsync(Key, Bodies.Random(100));
        for (var i = 0; i < 1_000; i++)
        {
            _replica.BeforeRead = i % 5 == 0 ? (_, _, _) => throw new ObjectStoreException(ObjectStoreFailure.Unavailable, "Trouble.") : null;
            await ReadAsync(Key, 0, 100);
        }

        Assert.False(_outcomes.IsSuspended);
        Assert.Equal(200, _outcomes.All.Count(outcome => outcome == ReplicaReadOutcome.Failed));
    }

    [Fact]
    public async Task A_missing_object_does_not_suspend_the_replica()
    {
        for (var i = 0; i < 50; i++)
        {
            await _primary.PlaceAsync($"{i}.wal", Bodies.Random(10));
            await ReadAsync($"{i}.wal", 0, 10);
        }

        Assert.False(_outcomes.IsSuspended);
    }

    [Fact]
    public async Task A_suspended_replica_is_probed_now_and_then_and_no_reader_waits_for_that()
    {
        await ReplicateAsync(Key, Bodies.Random(100));
        Hang();
        await SuspendAsync();
        var before = _replica.Reads;
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(_options.ProbeInterval);
            Assert.True(ReadAsync(Key, 0, 100).IsCompletedSuccessfully);
            Assert.True(ReadAsync(Key, 0, 100).IsCompletedSuccessfully);
        }

        Assert.InRange(_replica.Reads - before, 1, 10);
        Assert.True(_outcomes.IsSuspended);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_replica_that_answers_a_probe_is_used_again(bool hasObject)
    {
        await _primary.PlaceAsync(Key, Bodies.Random(100));
        if (hasObject)
            await _replica.PlaceAsync(Key, Bodies.Random(100));
        _replica.BeforeRead = (_, _, _) => throw new ObjectStoreException(ObjectStoreFailure.Unavailable, "Down.");
        await SuspendAsync();
        _replica.BeforeRead = null;
        await ReadAsync(Key, 0, 100);
        Assert.True(_outcomes.IsSuspended);
        _time.Advance(_options.ProbeInterval);
        await ReadAsync(Key, 0, 100);
        Assert.False(_outcomes.IsSuspended);
        await ReadAsync(Key, 0, 100);
        Assert.Equal(hasObject ? ReplicaReadOutcome.Replica : ReplicaReadOutcome.Missing, _outcomes.All[^1]);
    }

    [Fact]
    public async Task The_disposal_ends_a_probe_that_hangs()
    {
        await ReplicateAsync(Key, Bodies.Random(100));
        Hang();
        await SuspendAsync();
        _time.Advance(_options.ProbeInterval);
        await ReadAsync(Key, 0, 100);
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task A_segment_that_is_the_primary_s_is_read_from_the_replica_and_compared_only_once()
    {
        var segment = Segment(createdAt: 1);
        await ReplicateAsync(SegmentKey, segment);
        for (var i = 0; i < 10; i++)
            Assert.Equal(segment[500..600], await ReadAsync(SegmentKey, 500, 100));
        Assert.Equal(1, _primary.Reads);
        Assert.All(_outcomes.All, outcome => Assert.Equal(ReplicaReadOutcome.Replica, outcome));
    }

    [Fact]
    public async Task A_deleted_topic_s_segment_is_not_taken_for_its_successor_s()
    {
        await _replica.PlaceAsync(SegmentKey, Segment(createdAt: 1));
        var successor = Segment(createdAt: 2);
        await _primary.PlaceAsync(SegmentKey, successor);
        Assert.Equal(successor[500..600], await ReadAsync(SegmentKey, 500, 100));
        Assert.Equal(successor, await ReadAsync(SegmentKey, 0, successor.Length));
        Assert.Equal([ReplicaReadOutcome.Stale, ReplicaReadOutcome.KnownMissing], _outcomes.All);
    }

    [Fact]
    public async Task A_segment_is_compared_again_after_a_while()
    {
        var first = Segment(createdAt: 1);
        await ReplicateAsync(SegmentKey, first);
        await ReadAsync(SegmentKey, 500, 100);
        var second = Segment(createdAt: 2);
        await _primary.PlaceAsync(SegmentKey, second);
        _time.Advance(_options.SameMemory);
        Assert.Equal(second[500..600], await ReadAsync(SegmentKey, 500, 100));
    }

    [Fact]
    public async Task A_segment_that_is_gone_from_the_primary_is_gone()
    {
        await _replica.PlaceAsync(SegmentKey, Segment(createdAt: 1));
        await Assert.ThrowsAsync<ObjectNotFoundException>(() => ReadAsync(SegmentKey, 500, 100));
    }

    [Theory]
    [InlineData("default/orders/0/segment-00000000000000000000.index")]
    [InlineData("default/meta/manifest/0123456789abcdef0123456789abcdef/0/00000000000000000001")]
    [InlineData("default/meta/checkpoint/0000000000000001/00000000000000000001")]
    public async Task What_says_where_records_are_is_always_the_primary_s(string key)
    {
        await _replica.PlaceAsync(key, Bodies.Random(100, seed: 1));
        var body = Bodies.Random(100, seed: 2);
        await _primary.PlaceAsync(key, body);
        Assert.Equal(body, await ReadAsync(key, 0, 100));
        Assert.Equal(0, _replica.Reads);
        Assert.Equal([ReplicaReadOutcome.PrimaryOnly], _outcomes.All);
    }

    [Fact]
    public async Task Everything_but_reads_is_the_primary_s()
    {
        await _replica.PlaceAsync("replicated", [1]);
        await _store.PutAsync(Key, new ReadOnlySequence<byte>([1, 2, 3]), PutCondition.IfNoneMatch, Cancellation);
        Assert.Equal(3, (await _store.HeadAsync(Key, Cancellation))!.Value.Length);
        Assert.Null(await _store.HeadAsync("replicated", Cancellation));
        await foreach (var listed in _store.ListAsync("", null, Cancellation))
            Assert.Equal(Key, listed.Key);
        await _store.DeleteAsync([Key], Cancellation);
        Assert.Null(await _primary.HeadAsync(Key, Cancellation));
        Assert.Equal(0, _replica.Begun);
    }

    [Fact]
    public void The_memory_keeps_to_its_capacity_and_forgets_the_oldest()
    {
        var memory = new RecentKeys(3, TimeSpan.FromSeconds(1), _time);
        for (var i = 0; i < 1_000; i++)
        {
            memory.Add($"{i}");
            Assert.True(memory.Count <= 3);
        }

        Assert.Equal([false, true, true, true], ((string[])["996", "997", "998", "999"]).Select(memory.Contains));
    }

    [Fact]
    public void A_key_that_is_added_again_is_remembered_from_then_on()
    {
        var memory = new RecentKeys(3, TimeSpan.FromSeconds(1), _time);
        memory.Add("a");
        _time.Advance(TimeSpan.FromSeconds(0.6));
        memory.Add("a");
        memory.Add("b");
        _time.Advance(TimeSpan.FromSeconds(0.6));
        memory.Add("c");
        Assert.True(memory.Contains("a"));
        _time.Advance(TimeSpan.FromSeconds(0.4));
        Assert.False(memory.Contains("a"));
        memory.Add("d");
        Assert.Equal(2, memory.Count);
    }

    public async ValueTask DisposeAsync() => await _store.DisposeAsync();

    private static byte[] Segment(byte createdAt)
    {
        var segment = Bodies.Random(1_000);
        segment[SegmentFormat.HeaderLength - 5] = createdAt;
        return segment;
    }

    private void Hang() => _replica.Before = (_, _, cancellationToken) => new ValueTask(Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken));

    private async Task SuspendAsync()
    {
        while (!_outcomes.IsSuspended)
        {
            var read = ReadAsync(Key, 0, 100);
            _time.Advance(_options.Timeout + TimeSpan.FromSeconds(1));
            await read;
        }
    }

    private async Task ReplicateAsync(string key, byte[] body)
    {
        await _primary.PlaceAsync(key, body);
        await _replica.PlaceAsync(key, body);
    }

    private async Task<byte[]> ReadAsync(string key, long offset, int length)
    {
        var destination = new byte[length];
        Assert.Equal(length, await _store.ReadAsync(key, offset, destination, Cancellation));
        return destination;
    }
}
