using System.Net;
using System.Net.Sockets;
using Kafscale.Metadata.Etcd;
using Kafscale.Testing;
using Kafscale.Testing.Etcd;

namespace Kafscale.Metadata.Tests.Etcd;

/// <summary>Three members, of which some die, hang or lose each other.</summary>
public sealed class EtcdFailoverTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _timeout = new(TimeSpan.FromMinutes(1));
    private EtcdCluster _cluster = null!;

    private CancellationToken Token => _timeout.Token;

    public async ValueTask InitializeAsync() => _cluster = await EtcdCluster.StartAsync(new EtcdClusterOptions { Members = 3, ElectionTimeoutMs = 500 });

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _timeout.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_end_of_a_member_loses_no_commit_and_doubles_none_and_no_watch_misses_one(bool isLeader)
    {
        var victim = await MemberAsync(isLeader);
        await using var store = await OptionsFrom(victim).ConnectAsync(Token);
        await using var watch = new WatchedRevisions(store, 2, Token);
        using var writers = new NumberedWriters(store, "k/", 8, Token);
        writers.Start();
        await writers.HaveWrittenAsync(200);

        await victim.KillAsync();

        await writers.HaveWrittenAsync(200);
        await victim.StartAsync();
        await writers.HaveWrittenAsync(100);
        await watch.HaveReachedAsync(await writers.StopAsync());
        Assert.InRange(writers.Unknown, 0, 16);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_member_that_hangs_is_left_and_what_waits_for_it_has_an_unknown_outcome(bool isLeader)
    {
        var victim = await MemberAsync(isLeader);
        var options = OptionsFrom(victim) with { RequestTimeout = TimeSpan.FromSeconds(3) };
        await using var store = await options.ConnectAsync(Token);
        await using var watch = new WatchedRevisions(store, 2, Token);
        using var writers = new NumberedWriters(store, "h/", 8, Token);
        writers.Start();
        await writers.HaveWrittenAsync(200);

        // On a machine that is busy with other things, it may have been left already: then nobody waits for it.
        var isAsked = store.Endpoint == victim.Endpoint;
        victim.Pause();
        await writers.HaveWrittenAsync(100);
        victim.Continue();

        await writers.HaveWrittenAsync(100);
        await watch.HaveReachedAsync(await writers.StopAsync());
        Assert.InRange(writers.Unknown, isAsked ? 1 : 0, 32);
    }

    [Fact]
    public async Task Reads_and_keep_alives_of_a_member_that_hangs_are_answered_by_another()
    {
        var victim = await MemberAsync(isLeader: false);
        await using var store = await OptionsFrom(victim).ConnectAsync(Token);
        var lease = await store.GrantLeaseAsync(TimeSpan.FromSeconds(60), Token);
        var revision = await store.PutAsync("a", "", Token);

        victim.Pause();

        await store.KeepLeaseAliveAsync(lease, Token);
        Assert.Equal(revision, await store.RevisionAsync(Token));
        await store.RevokeLeaseAsync(lease, Token);
        victim.Continue();
    }

    [Fact]
    public async Task A_watch_that_nobody_writes_beside_leaves_a_member_that_hangs()
    {
        var victim = await MemberAsync(isLeader: false);
        var others = _cluster.Members.Where(member => member != victim);
        var options = OptionsFrom(victim) with { KeepAliveInterval = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(1) };
        await using var watching = await options.ConnectAsync(Token);
        await using var writing = await (_cluster.Options() with { Endpoints = [.. others.Select(member => member.Endpoint)] }).ConnectAsync(Token);
        await using var watch = new WatchedRevisions(watching, 2, Token);
        await watch.HaveReachedAsync(await writing.PutInTheEndAsync("before", Token));

        victim.Pause();

        await watch.HaveReachedAsync(await writing.PutInTheEndAsync("after", Token));
        victim.Continue();
    }

    [Fact]
    public async Task A_member_without_a_majority_is_left_and_says_why()
    {
        var alone = _cluster.Members[0];
        await using var store = await (_cluster.Options() with { Endpoints = [alone.Endpoint], RequestTimeout = TimeSpan.FromSeconds(2) }).ConnectAsync(Token);
        await using var watch = new WatchedRevisions(store, 2, Token);
        await watch.HaveReachedAsync(await store.PutInTheEndAsync("a", Token));
        await _cluster.Members[1].KillAsync();
        await _cluster.Members[2].KillAsync();

        var message = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                message = (await Assert.ThrowsAsync<MetadataUnavailableException>(() => store.PutAsync("a", "", Token))).Message;
                return message.Contains("most members of its cluster are down", StringComparison.Ordinal);
            },
            TimeSpan.FromSeconds(30));
        Assert.EndsWith("Nothing was changed.", message, StringComparison.Ordinal);

        await _cluster.Members[1].StartAsync();
        await watch.HaveReachedAsync(await store.PutInTheEndAsync("b", Token));
    }

    [Fact]
    public async Task Endpoints_that_are_not_there_are_passed_over_without_doubt()
    {
        // One that refuses connections, and one that does not even do that: what is sent to neither cannot have taken effect.
        using var deaf = new TcpListener(IPAddress.Loopback, 0);
        deaf.Start(backlog: 1);
        var address = (IPEndPoint)deaf.LocalEndpoint;
        var inTheWay = await FillBacklogAsync(address);
        var options = _cluster.Options() with
        {
            Endpoints = [new($"http://127.0.0.1:{FreePort.Next()}"), new($"http://127.0.0.1:{address.Port}"), _cluster.Members[0].Endpoint],
        };
        await using var store = await options.ConnectAsync(Token);

        await store.PutAsync("a", "", Token);
        inTheWay.ForEach(socket => socket.Dispose());
    }

    private static async Task<List<Socket>> FillBacklogAsync(IPEndPoint address)
    {
        var sockets = new List<Socket>();
        while (true)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            sockets.Add(socket);
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            try
            {
                await socket.ConnectAsync(address, patience.Token);
            }
            catch (OperationCanceledException)
            {
                return sockets;
            }
        }
    }

    private async Task<EtcdMember> MemberAsync(bool isLeader)
    {
        var leader = await _cluster.FindLeaderAsync();
        return isLeader ? leader : _cluster.Members.First(member => member != leader);
    }

    private EtcdOptions OptionsFrom(EtcdMember first) => _cluster.Options() with
    {
        Endpoints = [first.Endpoint, .. _cluster.Endpoints.Where(endpoint => endpoint != first.Endpoint)],
    };
}
