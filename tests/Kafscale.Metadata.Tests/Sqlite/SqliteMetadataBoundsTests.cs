using System.Runtime.CompilerServices;
using Kafscale.Metadata.Revisions;
using Kafscale.Metadata.Sqlite;
using Kafscale.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using SQLitePCL;

namespace Kafscale.Metadata.Tests.Sqlite;

/// <summary>What happens at the bounds of the queue, the history and the disk.</summary>
public sealed class SqliteMetadataBoundsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(1));
    private readonly FakeTimeProvider _time = new();
    private readonly ManualResetEventSlim _disk = new();
    private volatile bool _deletesFail;

    private CancellationToken Token => _timeout.Token;

    private SqliteMetadataOptions Options => new(_folder.File("metadata.db"));

    public void Dispose()
    {
        _folder.Dispose();
        _timeout.Dispose();
        _disk.Dispose();
    }

    [Fact]
    public async Task Transactions_that_wait_for_the_disk_together_become_visible_together_each_with_its_own_revision()
    {
        await using var store = SqliteMetadataStore.Open(Options, _time);
        await using var watch = store.WatchAsync("", 2, Token).GetAsyncEnumerator(Token);
        var next = watch.MoveNextAsync().AsTask();
        HoldUp(store);
        var commits = Enumerable.Range(0, 100).Select(i => CommitAsync(store, $"{i:D3}", [])).ToArray();
        Assert.False(next.IsCompleted);

        _disk.Set();

        Assert.Equal(Enumerable.Range(2, 100), (await Task.WhenAll(commits)).Select(result => (int)result.Revision));
        Assert.True(await next);
        Assert.Equal((101, 100), (watch.Current.Revision, watch.Current.Changes.Count));
    }

    [Fact]
    public async Task A_transaction_sees_those_before_it_that_share_its_flush()
    {
        await using var store = SqliteMetadataStore.Open(Options, _time);
        HoldUp(store);
        var commits = Enumerable.Range(0, 10).Select(i => store.CommitAsync(
            new() { Comparisons = [Comparison.Missing("a")], Then = [new Operation.Put("a", new byte[] { (byte)i })], Else = [new Operation.Get(KeyRange.Key("a"))] },
            Token).AsTask()).ToArray();

        _disk.Set();

        var results = await Task.WhenAll(commits);
        Assert.True(results[0].Succeeded);
        Assert.All(results[1..], result => Assert.Equal([0], Assert.Single(Assert.Single(result.Reads).Entries).Value.ToArray()));
    }

    [Fact]
    public async Task A_transaction_that_is_cancelled_before_its_turn_is_not_applied()
    {
        await using var store = SqliteMetadataStore.Open(Options, _time);
        using var cancellation = new CancellationTokenSource();
        HoldUp(store);
        var cancelled = store.CommitAsync(new() { Then = [new Operation.Put("cancelled", default)] }, cancellation.Token).AsTask();
        var other = CommitAsync(store, "other", []);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        _disk.Set();

        Assert.Equal(2, (await other).Revision);
        Assert.Equal(["other"], await KeysAsync(store));
    }

    [Fact]
    public async Task A_queue_that_is_full_refuses_more_transactions_and_takes_them_again_later()
    {
        await using var store = SqliteMetadataStore.Open(Options with { QueuedTransactions = 3 }, _time);
        HoldUp(store);
        var queued = Enumerable.Range(0, 3).Select(i => CommitAsync(store, $"{i}", [])).ToArray();

        await Assert.ThrowsAsync<MetadataUnavailableException>(() => CommitAsync(store, "refused", []));
        _disk.Set();
        await Task.WhenAll(queued);

        await CommitAsync(store, "later", []);
        Assert.Equal(["0", "1", "2", "later"], await KeysAsync(store));
    }

    [Fact]
    public async Task A_queue_holds_so_many_bytes_and_always_one_transaction()
    {
        await using var store = SqliteMetadataStore.Open(Options with { QueuedBytes = 1_000 }, _time);
        HoldUp(store);
        var large = CommitAsync(store, "large", new byte[10_000]);

        await Assert.ThrowsAsync<MetadataUnavailableException>(() => CommitAsync(store, "small", []));
        _disk.Set();
        await large;

        await CommitAsync(store, "small", new byte[900]);
        Assert.Equal(["large", "small"], await KeysAsync(store));
    }

    [Fact]
    public async Task Only_so_many_revisions_are_kept()
    {
        await using var store = SqliteMetadataStore.Open(Options with { RevisionsKept = 100 }, _time);
        for (var i = 0; i < 1_000; i++)
        {
            await CommitAsync(store, "a", [(byte)i]);
        }

        var newest = (await store.RangeAsync(KeyRange.Key("a"), 0, 0, Token)).Revision;
        Assert.Equal(1_001, newest);
        await store.RangeAsync(KeyRange.Key("a"), 0, newest - 99, Token);
        var exception = await Assert.ThrowsAsync<RevisionCompactedException>(
            async () => await store.RangeAsync(KeyRange.Key("a"), 0, newest - 125, Token));
        Assert.InRange(exception.CompactRevision, newest - 124, newest - 99);
    }

    [Fact]
    public async Task Only_so_many_bytes_of_old_values_are_kept_and_always_the_newest_revision()
    {
        await using var store = SqliteMetadataStore.Open(Options with { HistoryBytes = 100_000 }, _time);
        for (var i = 0; i < 100; i++)
        {
            await CommitAsync(store, "a", new byte[9_999]);
        }

        Assert.InRange(await OldestRevisionAsync(store), 101 - 12, 101 - 9);

        await CommitAsync(store, "a", new byte[1_000_000]);
        Assert.Equal(102, await OldestRevisionAsync(store));
    }

    [Fact]
    public async Task A_watch_that_falls_behind_what_is_kept_fails_rather_than_miss_a_change()
    {
        await using var store = SqliteMetadataStore.Open(Options with { RevisionsKept = 10 }, _time);
        await using var watch = store.WatchAsync("", 2, Token).GetAsyncEnumerator(Token);
        await CommitAsync(store, "a", []);
        Assert.True(await watch.MoveNextAsync());
        for (var i = 0; i < 100; i++)
        {
            await CommitAsync(store, "a", []);
        }

        await Assert.ThrowsAsync<RevisionCompactedException>(async () => await watch.MoveNextAsync());
    }

    [Fact]
    public async Task Every_commit_waits_until_its_log_is_flushed()
    {
        await using var store = SqliteMetadataStore.Open(Options, _time);
        using var settings = ConnectionOf(store).CreateCommand();
        settings.CommandText = "SELECT (SELECT synchronous FROM pragma_synchronous) || ' ' || (SELECT journal_mode FROM pragma_journal_mode)";

        Assert.Equal("2 wal", settings.ExecuteScalar());
    }

    [Fact]
    public async Task A_database_that_is_full_refuses_what_does_not_fit_and_goes_on()
    {
        var options = Options with { MaximumBytes = 1 << 20 };
        await using (var store = SqliteMetadataStore.Open(options, _time))
        {
            var stored = 0;
            var exception = await Assert.ThrowsAsync<MetadataUnavailableException>(async () =>
            {
                for (; ; stored++)
                {
                    await CommitAsync(store, $"{stored:D3}", new byte[50_000]);
                }
            });

            Assert.Contains($"'{options.Path}' is full", exception.Message, StringComparison.Ordinal);
            Assert.InRange(stored, 10, 20);
            Assert.Equal(stored, (await KeysAsync(store)).Length);
            await CommitAsync(store, "small", []);
            await store.CommitAsync(new() { Then = [new Operation.Delete(KeyRange.Prefix("0"))] }, Token);
            await CommitAsync(store, "large", new byte[50_000]);
            Assert.Equal(["large", "small"], await KeysAsync(store));
        }

        await using var reopened = SqliteMetadataStore.Open(options, _time);
        Assert.Equal(["large", "small"], await KeysAsync(reopened));
    }

    [Fact]
    public async Task A_transaction_that_does_not_fit_does_not_take_the_others_of_its_flush_with_it()
    {
        await using var store = SqliteMetadataStore.Open(Options with { MaximumBytes = 1 << 20 }, _time);
        HoldUp(store);
        var small = Enumerable.Range(0, 5).Select(i => CommitAsync(store, $"{i}", [])).ToList();
        var large = CommitAsync(store, "large", new byte[1_048_576]);
        small.AddRange(Enumerable.Range(5, 5).Select(i => CommitAsync(store, $"{i}", [])));

        _disk.Set();

        await Assert.ThrowsAsync<MetadataUnavailableException>(() => large);
        Assert.Equal(Enumerable.Range(2, 10), (await Task.WhenAll(small)).Select(result => (int)result.Revision));
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], await KeysAsync(store));
    }

    [Fact]
    public async Task A_flush_that_failed_stops_the_store_because_its_outcome_is_unknown()
    {
        var store = SqliteMetadataStore.Open(Options, _time);
        await CommitAsync(store, "before", []);
        var lease = await store.GrantLeaseAsync(TimeSpan.FromSeconds(9), Token);
        await using var watch = store.WatchAsync("", 3, Token).GetAsyncEnumerator(Token);
        var next = watch.MoveNextAsync().AsTask();
        FailCommits(store);

        var exception = await Assert.ThrowsAsync<MetadataUnavailableException>(() => CommitAsync(store, "unknown", []));

        Assert.Contains("could not be flushed", exception.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<MetadataUnavailableException>(() => next);
        await Assert.ThrowsAsync<MetadataUnavailableException>(() => CommitAsync(store, "after", []));
        await Assert.ThrowsAsync<MetadataUnavailableException>(() => KeysAsync(store));
        await Assert.ThrowsAsync<MetadataUnavailableException>(async () => await store.KeepLeaseAliveAsync(lease, Token));
        await Assert.ThrowsAsync<MetadataUnavailableException>(async () => await store.RevokeLeaseAsync(lease, Token));
        await store.DisposeAsync();

        await using var reopened = SqliteMetadataStore.Open(Options, _time);
        Assert.Equal(["before"], await KeysAsync(reopened));
    }

    [Fact]
    public async Task Transactions_that_wait_behind_a_failed_flush_get_its_error()
    {
        await using var store = SqliteMetadataStore.Open(Options, _time);
        HoldUp(store);
        FailCommits(store);
        var commits = Enumerable.Range(0, 2_000).Select(i => CommitAsync(store, $"{i}", [])).ToArray();

        _disk.Set();

        foreach (var commit in commits)
        {
            await Assert.ThrowsAsync<MetadataUnavailableException>(() => commit);
        }
    }

    [Fact]
    public async Task The_keys_of_an_expired_lease_are_deleted_later_where_that_was_not_possible_at_once()
    {
        await using var store = SqliteMetadataStore.Open(Options, _time);
        var lease = await store.GrantLeaseAsync(TimeSpan.FromSeconds(9), Token);
        await store.CommitAsync(new() { Then = [new Operation.Put("leased", default, lease)] }, Token);
        FailDeletes(store);

        _time.Advance(TimeSpan.FromSeconds(9));
        var after = await CommitAsync(store, "after", []);
        Assert.Equal(["after", "leased"], await KeysAsync(store));
        await Assert.ThrowsAsync<LeaseNotFoundException>(async () => await store.KeepLeaseAliveAsync(lease, Token));
        _deletesFail = false;
        _time.Advance(TimeSpan.FromSeconds(1));

        await using var watch = store.WatchAsync("", after.Revision + 1, Token).GetAsyncEnumerator(Token);
        Assert.True(await watch.MoveNextAsync());
        Assert.Equal(["after"], await KeysAsync(store));
    }

    /// <summary>Keeps the commit thread busy until <see cref="_disk"/> is set.</summary>
    private void HoldUp(SqliteMetadataStore store)
    {
        using var held = new ManualResetEventSlim();
        CommitsOf(store).Add(new(
            keySpace =>
            {
                held.Set();
                _disk.Wait(Token);
                return keySpace.Apply(new(), null!);
            },
            0));
        held.Wait(Token);
    }

    /// <summary>Makes every commit fail as one does whose log cannot be flushed.</summary>
    private static void FailCommits(SqliteMetadataStore store) => raw.sqlite3_commit_hook(ConnectionOf(store).Handle, _ => 1, null);

    /// <summary>Makes statements that delete fail, before anything is committed, for as long as <see cref="_deletesFail"/> is set.</summary>
    private void FailDeletes(SqliteMetadataStore store)
    {
        _deletesFail = true;
        raw.sqlite3_set_authorizer(
            ConnectionOf(store).Handle,
            (strdelegate_authorizer)((_, action, _, _, _, _) => action == raw.SQLITE_DELETE && _deletesFail ? raw.SQLITE_DENY : raw.SQLITE_OK),
            null);
    }

    private static SqliteConnection ConnectionOf(SqliteMetadataStore store) => Connection(File(CommitsOf(store)));

    private static CommitThread CommitsOf(SqliteMetadataStore store) => Commits(store);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_commits")]
    private static extern ref CommitThread Commits(SqliteMetadataStore store);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_file")]
    private static extern ref MetadataFile File(CommitThread commits);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_connection")]
    private static extern ref SqliteConnection Connection(MetadataFile file);

    private async Task<TransactionResult> CommitAsync(SqliteMetadataStore store, string key, byte[] value) =>
        await store.CommitAsync(new() { Then = [new Operation.Put(key, value)] }, Token);

    private async Task<string[]> KeysAsync(SqliteMetadataStore store) =>
        [.. (await store.RangeAsync(KeyRange.Prefix(""), 0, 0, Token)).Entries.Select(entry => entry.Key)];

    private async Task<long> OldestRevisionAsync(SqliteMetadataStore store) =>
        (await Assert.ThrowsAsync<RevisionCompactedException>(
            async () => await store.RangeAsync(KeyRange.Prefix(""), 0, 1, Token))).CompactRevision;
}
