using System.Text.RegularExpressions;
using Kafscale.Metadata;
using Kafscale.Operator.Etcd;
using Kafscale.Testing;
using Kafscale.Testing.Etcd;

namespace Kafscale.Operator.Tests.Upkeep;

/// <summary>What the operator asks of etcd, asked of a real one.</summary>
public sealed partial class EtcdAdministrationTests
{
    private const int Values = 300;
    private const int ValueCharacters = 30_000;

    private readonly EtcdAdministration _etcd = new(TimeProvider.System, new Random(1));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_defragmentation_gives_back_what_is_not_used_and_loses_nothing()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        await cluster.RunEtcdctlAsync("put", "kept", "value");
        var value = new string('x', ValueCharacters);
        for (var number = 0; number < Values; number++)
        {
            await cluster.RunEtcdctlAsync("put", "changed", value);
        }

        var revision = RevisionField().Match(await cluster.RunEtcdctlAsync("get", "changed", "--write-out=json")).Groups[1].Value;
        await cluster.RunEtcdctlAsync("compact", "--physical", revision);
        var before = await StatusAsync(cluster);
        await _etcd.DefragmentAsync(cluster.Endpoints[0], Token);
        var after = await StatusAsync(cluster);

        Assert.InRange(before.DatabaseBytes, Values * ValueCharacters, long.MaxValue);
        Assert.InRange(after.DatabaseBytes, 0, before.DatabaseBytes / 4);
        Assert.Contains("value", await cluster.RunEtcdctlAsync("get", "kept"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_is_full_takes_writes_again_after_a_defragmentation()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        cluster.QuotaBytes = 4 << 20;
        await cluster.Members[0].KillAsync();
        await cluster.Members[0].StartAsync();
        var value = new string('x', 100_000);
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            for (var number = 0; number < Values; number++)
            {
                await cluster.RunEtcdctlAsync("put", "changed", value);
            }
        });

        var revision = RevisionField().Match(await cluster.RunEtcdctlAsync("get", "changed", "--write-out=json")).Groups[1].Value;
        await cluster.RunEtcdctlAsync("compact", "--physical", revision);
        await _etcd.DefragmentAsync(cluster.Endpoints[0], Token);

        await cluster.RunEtcdctlAsync("put", "changed", value);
    }

    [Fact]
    public async Task Members_are_listed_taken_away_and_added()
    {
        await using var cluster = await EtcdCluster.StartAsync(new EtcdClusterOptions { Members = 3 });
        var listed = await _etcd.ListMembersAsync(cluster.Endpoints[0], Token);
        Assert.Equal(["m1", "m2", "m3"], listed.Select(member => member.Name).Order());
        Assert.All(listed, member => Assert.True(member.HasStarted));
        var lost = listed.Single(member => member.Name == "m3");
        await cluster.Members[2].KillAsync();

        // It may have been the leader.
        await UntilDoneAsync(() => _etcd.RemoveMemberAsync(cluster.Endpoints[0], lost.Id, Token));
        await UntilDoneAsync(() => _etcd.RemoveMemberAsync(cluster.Endpoints[1], lost.Id, Token));
        // etcd takes no addition before the members have known each other for some seconds.
        var id = 0UL;
        await UntilDoneAsync(async () => id = await _etcd.AddMemberAsync(cluster.Endpoints[0], lost.PeerAddresses[0], Token));

        Assert.NotEqual(lost.Id, id);
        var added = (await _etcd.ListMembersAsync(cluster.Endpoints[1], Token)).Single(member => member.Id == id);
        Assert.False(added.HasStarted);
        Assert.Equal(lost.PeerAddresses, added.PeerAddresses);
        await Assert.ThrowsAsync<MetadataUnavailableException>(() => _etcd.AddMemberAsync(cluster.Endpoints[0], lost.PeerAddresses[0], Token));
    }

    // As the operator does, which tries again what etcd has not done.
    private static Task UntilDoneAsync(Func<Task> ask)
    {
        var failure = "";
        return Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await ask();
                    return true;
                }
                catch (MetadataUnavailableException e)
                {
                    failure = e.Message;
                    return false;
                }
            },
            TimeSpan.FromSeconds(30),
            () => failure);
    }

    private async Task<Metadata.Etcd.EtcdMemberStatus> StatusAsync(EtcdCluster cluster) => (await _etcd.LookAsync(cluster.Endpoints, Token)).Members[cluster.Endpoints[0]];

    [GeneratedRegex("\"revision\":(\\d+)")]
    private static partial Regex RevisionField();
}
