using System.Globalization;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;

namespace Kafscale.Metadata.Tests.Cluster;

public sealed class MetadataFollowerTests : IAsyncDisposable
{
    private static readonly MetadataKeys Keys = new("/test");

    private readonly MemoryMetadataStore _memory = new(TimeProvider.System);
    private readonly InterferingMetadataStore _store;
    private readonly RecordingListener _listener = new();
    private readonly MetadataFollower _follower;
    private readonly CancellationTokenSource _stop = new();
    private Task _following = Task.CompletedTask;

    public MetadataFollowerTests()
    {
        _store = new InterferingMetadataStore(_memory);
        _follower = new MetadataFollower(_store, Keys, _listener, TimeProvider.System);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following.ContinueWith(_ => { }, TaskScheduler.Default);
        await _memory.DisposeAsync();
        _stop.Dispose();
    }

    [Fact]
    public async Task A_load_tells_of_every_key_of_the_cluster_once_and_of_no_other()
    {
        await PutAsync("a", "b");
        await PutForeignAsync("/other/c");

        await _follower.LoadAsync(Token);
        await _follower.LoadAsync(Token);

        Assert.Equal([("/test/a", false), ("/test/b", false)], _listener.Changes);
    }

    [Fact]
    public async Task A_state_of_many_pages_is_read_as_of_one_revision()
    {
        await PutAsync([.. Enumerable.Range(0, 2_500).Select(i => i.ToString("D4", CultureInfo.InvariantCulture))]);
        var reads = 0;
        _store.BeforeRange = async () =>
        {
            if (++reads == 2)
            {
                await PutAsync("9999");
            }
        };

        await _follower.LoadAsync(Token);

        Assert.Equal(2_500, _listener.Keys.Count);
        Follow();
        await UntilCaughtUpAsync();
        Assert.Equal(2_501, _listener.Keys.Count);
    }

    [Fact]
    public async Task A_load_that_compaction_overtakes_between_two_pages_reads_a_newer_revision()
    {
        await PutAsync([.. Enumerable.Range(0, 1_500).Select(i => i.ToString("D4", CultureInfo.InvariantCulture))]);
        var reads = 0;
        _store.BeforeRange = async () =>
        {
            if (++reads == 2)
            {
                await _store.CompactAsync(await PutAsync("9999"), Token);
            }
        };

        await _follower.LoadAsync(Token);

        Assert.Equal(1_501, _listener.Keys.Count);
    }

    [Fact]
    public async Task What_is_outdated_when_the_listener_prepares_for_it_is_read_anew()
    {
        await PutAsync("old");
        var prepared = new List<string>();
        _listener.OnPrepare = async changes =>
        {
            prepared.AddRange(changes.Select(change => change.Key));
            if (prepared.Count == 1)
            {
                await DeleteAsync("old");
                await PutAsync("new");
                throw new MetadataOutdatedException("What it refers to is gone.", new IOException());
            }
        };

        await _follower.LoadAsync(Token);

        Assert.Equal(["/test/old", "/test/new"], prepared);
        Assert.Equal([("/test/new", false)], _listener.Changes);
    }

    [Fact]
    public async Task A_watch_that_breaks_goes_on_without_gap_or_repetition()
    {
        _store.ChangesPerWatch = 3;
        await _follower.LoadAsync(Token);
        Follow();

        for (var i = 0; i < 10; i++)
        {
            await PutAsync("a");
        }

        await UntilCaughtUpAsync();
        Assert.Equal(Enumerable.Repeat(("/test/a", false), 10), _listener.Changes);
    }

    [Fact]
    public async Task A_watch_that_falls_behind_compaction_learns_also_of_what_was_deleted_meanwhile()
    {
        await PutAsync("stays", "changes", "goes");
        await _follower.LoadAsync(Token);
        _listener.Changes.Clear();
        await PutAsync("changes", "comes");
        await DeleteAsync("goes");
        await _store.CompactAsync(await PutAsync("comes"), Token);

        Follow();

        await UntilCaughtUpAsync();
        Assert.Equal([("/test/changes", false), ("/test/comes", false), ("/test/goes", true)], _listener.Changes);
        Assert.Equal(["/test/changes", "/test/comes", "/test/stays"], _listener.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_store_that_cannot_be_reached_is_asked_again()
    {
        await _follower.LoadAsync(Token);
        var attempts = 0;
        _store.BeforeWatch = () => ++attempts == 1 ? throw new MetadataUnavailableException("No connection.") : default;
        Follow();

        await PutAsync("a");

        await UntilCaughtUpAsync();
        Assert.Equal([("/test/a", false)], _listener.Changes);
    }

    private void Follow() => _following = _follower.FollowAsync(_stop.Token);

    private Task UntilCaughtUpAsync() => _follower.CatchUpAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token);

    private Task<long> PutAsync(params string[] names) => PutKeysAsync([.. names.Select(name => Keys.Root + name)]);

    private Task<long> PutForeignAsync(string key) => PutKeysAsync([key]);

    private async Task<long> PutKeysAsync(string[] keys)
    {
        var revision = 0L;
        foreach (var chunk in keys.Chunk(MetadataLimits.OperationsPerTransaction))
        {
            var result = await _store.CommitAsync(
                new MetadataTransaction { Then = [.. chunk.Select(key => new Operation.Put(key, "value"u8.ToArray()))] }, Token);
            revision = result.Revision;
        }

        return revision;
    }

    private async Task DeleteAsync(string name) =>
        await _store.CommitAsync(new MetadataTransaction { Then = [new Operation.Delete(KeyRange.Key(Keys.Root + name))] }, Token);
}
