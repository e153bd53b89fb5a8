using Kafscale.Metadata.Sqlite;
using Kafscale.Testing;

namespace Kafscale.Metadata.Tests.Sqlite;

public sealed class SqliteMetadataDurabilityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(1));

    private CancellationToken Token => _timeout.Token;

    public void Dispose()
    {
        _folder.Dispose();
        _timeout.Dispose();
    }

    [Fact]
    public async Task What_was_committed_is_there_after_a_restart_with_its_revisions()
    {
        IReadOnlyList<MetadataEntry> before;
        long revision;
        await using (var store = Open())
        {
            await PutAsync(store, "a", [1]);
            await PutAsync(store, "b", [2]);
            await PutAsync(store, "a", [3]);
            await PutAsync(store, "é\0", []);
            revision = (await store.CommitAsync(new() { Then = [new Operation.Delete(KeyRange.Key("b"))] }, Token)).Revision;
            before = (await store.RangeAsync(KeyRange.Prefix(""), 0, 0, Token)).Entries;
        }

        await using var reopened = Open();
        var after = await reopened.RangeAsync(KeyRange.Prefix(""), 0, 0, Token);

        Assert.Equal(revision, after.Revision);
        Assert.Equal(before.Select(Describe), after.Entries.Select(Describe));
        Assert.Equal(revision + 1, await PutAsync(reopened, "c", []));

        static string Describe(MetadataEntry entry) =>
            $"{entry.Key} {Convert.ToHexString(entry.Value.Span)} {entry.CreateRevision} {entry.ModRevision}";
    }

    [Fact]
    public async Task Keys_with_a_lease_are_gone_after_a_restart_in_one_revision_that_a_watch_can_see()
    {
        long revision;
        await using (var store = Open())
        {
            var lease = await store.GrantLeaseAsync(TimeSpan.FromHours(1), Token);
            await PutAsync(store, "sessions/1", [], lease);
            await PutAsync(store, "controller", [], lease);
            revision = await PutAsync(store, "kept", []);
        }

        await using var reopened = Open();
        var after = await reopened.RangeAsync(KeyRange.Prefix(""), 0, 0, Token);
        var batch = await FirstBatchAsync(reopened, revision + 1);

        Assert.Equal(("kept", revision + 1), (Assert.Single(after.Entries).Key, after.Revision));
        Assert.Equal(["controller", "sessions/1"], batch.Changes.Select(change => change.Key));
        Assert.All(batch.Changes, change => Assert.Null(change.Entry));
    }

    [Fact]
    public async Task Opening_again_without_leased_keys_takes_no_revision()
    {
        await using (var store = Open())
        {
            await PutAsync(store, "a", []);
        }

        await using (Open())
        {
        }

        await using var reopened = Open();
        Assert.Equal(2, (await reopened.RangeAsync(KeyRange.Prefix(""), 0, 0, Token)).Revision);
    }

    [Fact]
    public async Task Revisions_before_a_restart_are_compacted()
    {
        await using (var store = Open())
        {
            await PutAsync(store, "a", [1]);
            await PutAsync(store, "a", [2]);
        }

        await using var reopened = Open();

        await Assert.ThrowsAsync<RevisionCompactedException>(async () => await reopened.RangeAsync(KeyRange.Key("a"), 0, 2, Token));
        await Assert.ThrowsAsync<RevisionCompactedException>(() => FirstBatchAsync(reopened, 2));
    }

    [Fact]
    public async Task What_was_queued_when_the_store_is_disposed_is_committed()
    {
        Task<TransactionResult>[] commits;
        await using (var store = Open())
        {
            var lease = await store.GrantLeaseAsync(TimeSpan.FromHours(1), Token);
            commits = [.. Enumerable.Range(0, 200).Select(i => store.CommitAsync(
                new() { Then = [new Operation.Put($"{i}", default), new Operation.Put($"leased/{i}", default, lease)] }, Token).AsTask())];
        }

        await Task.WhenAll(commits);
        await using var reopened = Open();
        Assert.Equal(200, (await reopened.RangeAsync(KeyRange.Prefix(""), 0, 0, Token)).Entries.Count);
    }

    [Fact]
    public async Task A_process_killed_in_the_middle_has_lost_nothing_it_acknowledged_and_left_nothing_half_done()
    {
        const int Kills = 4;
        for (var kill = 0; kill < Kills; kill++)
        {
            var file = _folder.File($"killed-{kill}.db");
            var acknowledged = new Dictionary<int, int>();
            using (var process = new WorkloadProcess(file))
            {
                // Past several checkpoints of the log, and each time at another point.
                for (var i = 0; i < 500 + (700 * kill); i++)
                {
                    Note(acknowledged, (await process.ReadAsync(Token))!.Value);
                }

                process.Kill();
                while (await process.ReadAsync(Token) is { } last)
                {
                    Note(acknowledged, last);
                }
            }

            await using var store = SqliteMetadataStore.Open(new(file), TimeProvider.System);
            var all = (await store.RangeAsync(KeyRange.Prefix(""), 0, 0, Token)).Entries.ToDictionary(entry => entry.Key);

            Assert.DoesNotContain("session", all.Keys);
            foreach (var (writer, number) in acknowledged)
            {
                var stored = Number(all[$"first/{writer}"]);
                Assert.InRange(stored, number, number + 1);
                Assert.Equal(stored, Number(all[$"second/{writer}"]));
                for (var i = 0; i <= stored; i++)
                {
                    Assert.Equal(i, Number(all[$"numbers/{writer}/{i:D9}"]));
                }

                Assert.DoesNotContain($"numbers/{writer}/{stored + 1:D9}", all.Keys);
            }
        }

        static void Note(Dictionary<int, int> acknowledged, (int Writer, int Number) line) => acknowledged[line.Writer] = line.Number;

        static int Number(MetadataEntry entry) => BitConverter.ToInt32(entry.Value.Span);
    }

    [Fact]
    public async Task A_database_that_another_process_uses_is_refused_until_that_process_is_gone()
    {
        var file = _folder.File("taken.db");
        using (var process = new WorkloadProcess(file))
        {
            await process.ReadAsync(Token);

            var exception = Assert.Throws<MetadataFileException>(() => SqliteMetadataStore.Open(new(file), TimeProvider.System));
            Assert.Contains(file, exception.Message, StringComparison.Ordinal);
            Assert.Contains("in use by another process", exception.Message, StringComparison.Ordinal);
            Assert.NotNull(await process.ReadAsync(Token));
        }

        await using var store = SqliteMetadataStore.Open(new(file), TimeProvider.System);
        Assert.NotEmpty((await store.RangeAsync(KeyRange.Prefix("numbers/"), 0, 0, Token)).Entries);
    }

    [Fact]
    public async Task A_database_that_is_open_in_this_process_is_refused_and_stays_usable()
    {
        await using var store = Open();

        Assert.Throws<MetadataFileException>(Open);

        Assert.Equal(2, await PutAsync(store, "a", []));
    }

    private SqliteMetadataStore Open() => SqliteMetadataStore.Open(new(_folder.File("metadata.db")), TimeProvider.System);

    private async Task<long> PutAsync(SqliteMetadataStore store, string key, byte[] value, long leaseId = 0) =>
        (await store.CommitAsync(new() { Then = [new Operation.Put(key, value, leaseId)] }, Token)).Revision;

    private async Task<WatchBatch> FirstBatchAsync(SqliteMetadataStore store, long fromRevision)
    {
        await foreach (var batch in store.WatchAsync("", fromRevision, Token))
        {
            return batch;
        }

        throw new InvalidOperationException("A watch does not end.");
    }
}
