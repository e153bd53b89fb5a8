using System.Collections.Concurrent;
using Grpc.Core;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Etcd;
using Kafscale.Metadata.Tests.Cluster;
using Kafscale.Testing;
using Kafscale.Testing.Etcd;

namespace Kafscale.Metadata.Tests.Etcd;

/// <summary>One member that is away, hangs, is full or is compacted.</summary>
public sealed class EtcdFaultTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(1));
    private EtcdCluster _cluster = null!;

    private CancellationToken Token => _timeout.Token;

    private EtcdMember Member => _cluster.Members[0];

    public async ValueTask InitializeAsync() => _cluster = await EtcdCluster.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _timeout.Dispose();
    }

    [Fact]
    public async Task Where_nobody_listens_the_start_fails_with_one_line_that_says_what_to_check()
    {
        var address = $"http://127.0.0.1:{FreePort.Next()}";
        var options = _cluster.Options() with { Endpoints = [new(address)], RequestTimeout = TimeSpan.FromSeconds(1) };

        var exception = await Assert.ThrowsAsync<EtcdStartException>(() => options.ConnectAsync(Token));

        Assert.Equal($"etcd at {address} cannot be reached: Connection refused. Check that etcd runs there, and etcd.endpoints.", exception.Message);
    }

    [Fact]
    public async Task A_commit_that_is_not_answered_has_an_unknown_outcome_and_is_done_once_at_most()
    {
        await using var store = await (_cluster.Options() with { RequestTimeout = TimeSpan.FromSeconds(2) }).ConnectAsync(Token);
        await store.PutAsync("before", "", Token);
        Member.Pause();

        var put = new MetadataTransaction { Comparisons = [Comparison.Missing("a")], Then = [new Operation.Put("a", default)] };
        var exception = await Assert.ThrowsAsync<MetadataUnavailableException>(async () => await store.CommitAsync(put, Token));

        Assert.Equal(
            $"etcd at {Member.Endpoint.OriginalString} did not answer within 2,000 ms (etcd.request.timeout.ms). Whether the change was made is unknown.",
            exception.Message);
        Member.Continue();
        await Member.WaitUntilHealthyAsync();
        var found = (await store.RangeAsync(KeyRange.Key("a"), 1, 0, Token)).Entries;
        Assert.All(found, entry => Assert.Equal(entry.CreateRevision, entry.ModRevision));
    }

    [Fact]
    public async Task A_commit_that_was_not_sent_has_changed_nothing_and_says_so()
    {
        await using var store = await (_cluster.Options() with { RequestTimeout = TimeSpan.FromSeconds(2) }).ConnectAsync(Token);
        await Member.KillAsync();
        await Assert.ThrowsAsync<MetadataUnavailableException>(() => store.PutAsync("a", "", Token));

        var exception = await Assert.ThrowsAsync<MetadataUnavailableException>(() => store.PutAsync("a", "", Token));

        Assert.EndsWith("Nothing was changed.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_and_watch_go_on_when_etcd_comes_back()
    {
        await using var store = await (_cluster.Options() with { RequestTimeout = TimeSpan.FromSeconds(2) }).ConnectAsync(Token);
        await using var watch = new WatchedRevisions(store, 2, Token);
        await watch.HaveReachedAsync(await store.PutAsync("a", "1", Token));
        await Member.KillAsync();
        await Assert.ThrowsAsync<MetadataUnavailableException>(() => store.PutAsync("a", "2", Token));

        await Member.StartAsync();

        await watch.HaveReachedAsync(await store.PutInTheEndAsync("a", Token));
    }

    [Fact]
    public async Task A_lease_outlives_a_restart_of_etcd()
    {
        await using var store = await _cluster.Options().ConnectAsync(Token);
        var lease = await store.GrantLeaseAsync(TimeSpan.FromSeconds(10), Token);
        await Member.KillAsync();
        await Member.StartAsync();

        await store.KeepLeaseAliveAsync(lease, Token);
    }

    [Fact]
    public async Task A_connection_that_breaks_at_any_moment_is_an_etcd_that_did_not_answer()
    {
        const int Callers = 16;
        const int Breaks = 100;
        await using var proxy = TcpProxy.Start(Member.Endpoint);
        await using var store = await (_cluster.Options() with { Endpoints = [proxy.Address] }).ConnectAsync(Token);
        var lease = await store.GrantLeaseAsync(TimeSpan.FromMinutes(5), Token);
        var others = Enumerable.Range(1, Callers).Select(async _ =>
        {
            for (var i = 0; i < Breaks; i++)
            {
                await TryKeepAliveAsync();
            }
        });

        async Task BreakAsync()
        {
            for (var i = 0; i < Breaks; i++)
            {
                await TryKeepAliveAsync();
                proxy.Reset();
            }
        }

        await Task.WhenAll([BreakAsync(), .. others]);
        await store.KeepLeaseAliveAsync(lease, Token);

        async Task TryKeepAliveAsync()
        {
            try
            {
                await store.KeepLeaseAliveAsync(lease, Token);
            }
            catch (MetadataUnavailableException)
            {
                // It says that there was no answer.
            }
        }
    }

    [Fact]
    public async Task A_full_database_refuses_writes_says_what_to_do_and_goes_on_when_that_was_done()
    {
        _cluster.QuotaBytes = 4 << 20;
        await Member.KillAsync();
        await Member.StartAsync();
        await using var store = await _cluster.Options().ConnectAsync(Token);
        var value = new byte[512 << 10];
        var acknowledged = new ConcurrentDictionary<string, long>();

        // Several at a time: all that are on their way when it becomes full are refused, and made all the same.
        var refused = await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Assert.ThrowsAsync<MetadataUnavailableException>(async () =>
        {
            for (var number = 0; ; number++)
            {
                var key = $"{writer}/{number}";
                acknowledged[key] = (await store.CommitAsync(new() { Then = [new Operation.Put(key, value)] }, Token)).Revision;
            }
        })));

        Assert.All(refused, exception => Assert.Equal(
            $"etcd at {Member.Endpoint.OriginalString} refuses writes because its database is full (NOSPACE): compact and defragment it or "
            + "raise --quota-backend-bytes, then disarm the alarm (etcdctl alarm disarm). Whether the change was made is unknown.",
            exception.Message));
        var there = (await store.RangeAsync(KeyRange.Prefix(""), 100, 0, Token)).Entries.ToDictionary(entry => entry.Key, entry => entry.ModRevision);
        Assert.All(acknowledged, pair => Assert.Equal(pair.Value, there[pair.Key]));

        // What makes space is let through.
        var emptied = await store.CommitAsync(new() { Then = [new Operation.Delete(KeyRange.Prefix(""))] }, Token);
        await store.CompactAsync(emptied.Revision, Token);
        var full = await Member.DatabaseBytesAsync();
        await Member.DefragmentAsync();
        await _cluster.DisarmAlarmsAsync();

        await store.CommitAsync(new() { Then = [new Operation.Put("a", value)] }, Token);
        Assert.InRange(await Member.DatabaseBytesAsync(), 0, full);
    }

    [Fact]
    public async Task A_watch_that_has_caught_up_does_not_notice_a_compaction_and_one_that_begins_before_it_fails()
    {
        await using var store = await _cluster.Options().ConnectAsync(Token);
        var first = await store.PutAsync("a", "1", Token);
        await using var watch = new WatchedRevisions(store, first, Token);
        await watch.HaveReachedAsync(await store.PutAsync("a", "2", Token));
        var compacted = await store.PutAsync("a", "3", Token);
        await watch.HaveReachedAsync(compacted);

        await _cluster.CompactAsync(compacted);

        await watch.HaveReachedAsync(await store.PutAsync("a", "4", Token));
        await using var late = store.WatchAsync("", first, Token).GetAsyncEnumerator(Token);
        Assert.Equal(
            compacted, (await Assert.ThrowsAsync<RevisionCompactedException>(async () => await late.MoveNextAsync())).CompactRevision);
    }

    [Fact]
    public async Task A_deletion_in_the_compact_revision_is_not_kept_from_a_watch_that_resumes_there()
    {
        await using var store = await _cluster.Options().ConnectAsync(Token);
        await store.PutAsync("a", "1", Token);
        var deletion = (await store.CommitAsync(new() { Then = [new Operation.Delete(KeyRange.Key("a"))] }, Token)).Revision;
        await store.CompactAsync(deletion, Token);

        await using var watch = store.WatchAsync("", deletion, Token).GetAsyncEnumerator(Token);

        await Assert.ThrowsAsync<RevisionCompactedException>(async () => await watch.MoveNextAsync());
    }

    [Fact]
    public async Task A_large_range_is_read_whole_at_one_revision_and_watched_in_fragments()
    {
        await using var store = await _cluster.Options().ConnectAsync(Token);
        const int LargeKeys = 70;
        const int SmallTransactions = 100;
        var large = new byte[1 << 20];
        for (var i = 0; i < LargeKeys; i++)
        {
            await store.CommitAsync(new() { Then = [new Operation.Put($"large/{i:D2}", large)] }, Token);
        }

        await Task.WhenAll(Enumerable.Range(0, SmallTransactions).Select(transaction => store.CommitAsync(
            new() { Then = [.. Enumerable.Range(0, 100).Select(i => new Operation.Put($"small/{transaction:D3}{i:D2}", default))] }, Token).AsTask()));

        var all = await store.RangeAsync(KeyRange.Prefix(""), 0, 0, Token);
        var some = await store.RangeAsync(KeyRange.Prefix("small/"), 9_001, 0, Token);

        Assert.Equal(LargeKeys + (100 * SmallTransactions), all.Entries.Count);
        Assert.All(all.Entries.Take(LargeKeys), entry => Assert.Equal(large.Length, entry.Value.Length));
        Assert.Equal(all.Entries.Select(entry => entry.Key).Order(StringComparer.Ordinal), all.Entries.Select(entry => entry.Key));
        Assert.False(all.More);
        Assert.Equal((9_001, true), (some.Entries.Count, some.More));

        await using var watch = new WatchedRevisions(store, 2, Token);
        await watch.HaveReachedAsync(all.Revision);
    }

    [Fact]
    public async Task A_follower_begins_with_more_than_one_answer_may_hold_and_goes_on()
    {
        await using var store = await _cluster.Options().ConnectAsync(Token);
        var keys = new MetadataKeys("/kafscale/default");
        var large = new byte[MetadataLimits.ValueBytes];
        for (var sequence = 0; sequence < 70; sequence++)
        {
            await store.CommitAsync(new() { Then = [new Operation.Put(keys.Commit(1, sequence), large)] }, Token);
        }

        var listener = new RecordingListener();
        var follower = new MetadataFollower(store, keys, listener, TimeProvider.System);
        await follower.LoadAsync(Token);
        Assert.Equal(70, listener.Keys.Count);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var following = follower.FollowAsync(end.Token);
        await follower.WaitForRevisionAsync(await store.PutAsync(keys.Commit(1, 70), "", Token), Token);

        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        Assert.Equal(71, listener.Keys.Count);
    }

    [Fact]
    public async Task A_watch_of_one_prefix_can_be_asked_how_far_it_has_come()
    {
        await using var store = await _cluster.Options().ConnectAsync(Token);
        using var endpoints = new EtcdEndpoints(_cluster.Options(), TimeProvider.System, new Random(1));
        var opening = new CallOptions([], cancellationToken: Token);
        using var watch = await EtcdWatchStream.OpenAsync(endpoints.Current, opening, KeyRange.Prefix("a/"), 2, Token);
        var assembler = new WatchAssembler("a/", 2);

        var revision = await store.PutAsync("b/1", "", Token);

        WatchBatch? progress;
        do
        {
            var message = await watch.ReadAsync(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            progress = assembler.Progress(message.Header.Revision);
        }
        while (progress is null);
        Assert.Equal(revision, progress.Revision);
        Assert.Empty(progress.Changes);
    }

    [Fact]
    public async Task A_store_that_is_disposed_of_ends_its_watches_and_refuses_calls()
    {
        var store = await _cluster.Options().ConnectAsync(Token);
        var revision = await store.PutAsync("a", "", Token);
        await using var watch = store.WatchAsync("", revision, Token).GetAsyncEnumerator(Token);
        Assert.True(await watch.MoveNextAsync());
        var next = watch.MoveNextAsync().AsTask();

        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => next);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => store.PutAsync("a", "", Token));
    }
}
