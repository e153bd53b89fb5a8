using Kafscale.Metadata.Etcd;
using Kafscale.Testing.Etcd;

namespace Kafscale.Metadata.Tests.Etcd;

/// <summary>Users with passwords, and TLS.</summary>
public sealed class EtcdSecurityTests : IAsyncDisposable
{
    private static readonly TimeSpan LifetimeOfToken = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(1));
    private EtcdCluster? _cluster;

    private CancellationToken Token => _timeout.Token;

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        _timeout.Dispose();
    }

    [Fact]
    public async Task A_token_that_has_expired_is_replaced_without_anybody_noticing()
    {
        var options = await StartWithUserAsync("--prefix", "");
        await using var store = await options.ConnectAsync(Token);
        var lease = await store.GrantLeaseAsync(TimeSpan.FromMinutes(1), Token);
        var revision = await store.PutAsync("a", "1", Token);
        await using var watch = new WatchedRevisions(store, revision, Token);
        await watch.HaveReachedAsync(revision);

        await PassLifetimeOfTokenAsync();

        await watch.HaveReachedAsync(await store.PutAsync("a", "2", Token));
        await PassLifetimeOfTokenAsync();
        await using var another = new WatchedRevisions(store, revision, Token);
        await another.HaveReachedAsync(revision + 1);
        await store.KeepLeaseAliveAsync(lease, Token);
    }

    [Fact]
    public async Task Tokens_that_a_restart_has_forgotten_are_replaced_under_concurrent_commits()
    {
        var options = await StartWithUserAsync("--prefix", "");
        await using var store = await options.ConnectAsync(Token);
        await store.PutAsync("a", "1", Token);
        await _cluster!.Members[0].KillAsync();
        await _cluster.Members[0].StartAsync();
        await store.RangeAsync(KeyRange.Key("a"), 1, 0, Token);
        await PassLifetimeOfTokenAsync();

        var revisions = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => store.PutAsync($"{i}", "", Token)));

        Assert.Equal(32, revisions.Distinct().Count());
    }

    [Fact]
    public async Task A_wrong_password_or_none_stops_the_start_with_what_to_set()
    {
        var options = await StartWithUserAsync("--prefix", "");
        var address = options.Endpoints[0].OriginalString;

        var wrong = await Assert.ThrowsAsync<EtcdStartException>(() => (options with { Password = "wrong" }).ConnectAsync(Token));
        var none = await Assert.ThrowsAsync<EtcdStartException>(() => (options with { Username = null, Password = null }).ConnectAsync(Token));

        Assert.StartsWith($"etcd at {address} does not accept etcd.username with etcd.password.", wrong.Message, StringComparison.Ordinal);
        Assert.StartsWith($"etcd at {address} demands a user: set etcd.username and etcd.password.", none.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_for_one_prefix_keeps_to_it_and_is_told_what_a_watch_needs()
    {
        var options = await StartWithUserAsync("/kafscale/", "--prefix");
        await using var store = await options.ConnectAsync(Token);

        await store.PutAsync("/kafscale/a", "", Token);
        Assert.Single((await store.RangeAsync(KeyRange.Prefix("/kafscale/"), 0, 0, Token)).Entries);
        var denied = await Assert.ThrowsAsync<MetadataUnavailableException>(() => store.PutAsync("/other/a", "", Token));
        await using var watch = store.WatchAsync("/kafscale/", 2, Token).GetAsyncEnumerator(Token);
        var watching = await Record.ExceptionAsync(async () => await watch.MoveNextAsync());

        Assert.Contains("readwrite permission on the prefix of the cluster's keys. Nothing was changed.", denied.Message, StringComparison.Ordinal);
        if (watching is not null)
        {
            // Before 3.4.31.
            Assert.True(watching.Message.Contains("grant the user's role read permission on all keys", StringComparison.Ordinal), watching.Message);
        }
    }

    [Fact]
    public async Task A_user_and_a_password_are_no_obstacle_where_authentication_is_off()
    {
        _cluster = await EtcdCluster.StartAsync();
        await using var store = await (_cluster.Options() with { Username = "root", Password = "secret" }).ConnectAsync(Token);

        await store.PutAsync("a", "", Token);
    }

    [Fact]
    public async Task With_TLS_and_client_certificates_only_who_has_both_gets_in()
    {
        _cluster = await EtcdCluster.StartAsync(new EtcdClusterOptions { UsesTls = true });
        var options = _cluster.Options();
        await using (var store = await (options with { RequestTimeout = TimeSpan.FromSeconds(30) }).ConnectAsync(Token))
        {
            await using var watch = new WatchedRevisions(store, 2, Token);
            await watch.HaveReachedAsync(await store.PutAsync("a", "", Token));
        }

        var distrusting = await Assert.ThrowsAsync<EtcdStartException>(() => (options with { CaFile = null }).ConnectAsync(Token));
        var nameless = await Assert.ThrowsAsync<EtcdStartException>(
            () => (options with { CertificateFile = null, KeyFile = null }).ConnectAsync(Token));

        Assert.Contains("Check etcd.endpoints and etcd.ca.file", distrusting.Message, StringComparison.Ordinal);
        Assert.StartsWith($"etcd at {options.Endpoints[0].OriginalString} ", nameless.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_cannot_be_used_are_named()
    {
        _cluster = await EtcdCluster.StartAsync(new EtcdClusterOptions { UsesTls = true });
        var options = _cluster.Options();

        var noAuthority = await Assert.ThrowsAsync<EtcdStartException>(() => (options with { CaFile = options.KeyFile }).ConnectAsync(Token));
        var noKey = await Assert.ThrowsAsync<EtcdStartException>(() => (options with { KeyFile = "no-such.key" }).ConnectAsync(Token));

        Assert.Equal(
            $"There is no certificate in '{options.KeyFile}' (etcd.ca.file); it must hold at least one in PEM form (BEGIN CERTIFICATE).",
            noAuthority.Message);
        Assert.Contains("with the key in 'no-such.key' (etcd.key.file) cannot be used", noKey.Message, StringComparison.Ordinal);
    }

    // It is etcd's own, counts from the last use, and is looked at every second.
    private Task PassLifetimeOfTokenAsync() => Task.Delay(LifetimeOfToken, Token);

    private async Task<EtcdOptions> StartWithUserAsync(params string[] range)
    {
        _cluster = await EtcdCluster.StartAsync(new EtcdClusterOptions { AuthTokenTtlSec = 1 });
        await _cluster.RunEtcdctlAsync("user", "add", "root:secret");
        await _cluster.RunEtcdctlAsync("user", "add", "kafscale:secret");
        await _cluster.RunEtcdctlAsync("role", "add", "kafscale");
        await _cluster.RunEtcdctlAsync(["role", "grant-permission", "kafscale", "readwrite", .. range]);
        await _cluster.RunEtcdctlAsync("user", "grant-role", "kafscale", "kafscale");
        await _cluster.RunEtcdctlAsync("user", "grant-role", "root", "root");
        await _cluster.RunEtcdctlAsync("auth", "enable");

        // A password is hashed for long, on purpose, and a busy machine takes longer still.
        return _cluster.Options() with { Username = "kafscale", Password = "secret", RequestTimeout = TimeSpan.FromSeconds(30) };
    }
}
