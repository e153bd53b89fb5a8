namespace Kafscale.Metadata.Tests.Contract;

public abstract partial class MetadataStoreContract
{
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    /// <summary>Long enough for a lease of <see cref="TimeToLive"/> to end in any store.</summary>
    private static readonly TimeSpan UntilExpired = TimeToLive + TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Leases_have_ids_of_their_own_and_never_0()
    {
        var first = await GrantAsync(Long);
        var second = await GrantAsync(Long);

        Assert.NotEqual(0, first);
        Assert.NotEqual(0, second);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task A_put_with_a_lease_names_it_in_the_entry()
    {
        var lease = await GrantAsync(Long);

        await PutAsync("a", leaseId: lease);

        Assert.Equal(lease, (await FindAsync("a"))!.LeaseId);
    }

    [Fact]
    public async Task A_lease_that_is_not_kept_alive_takes_its_keys_with_it_in_one_revision()
    {
        var lease = await GrantAsync(TimeToLive);
        await ApplyAsync(Put("b", "", lease), Put("a", "", lease), Put("other"));
        var revision = await PutAsync("c", "", lease);

        await PassTimeAsync(UntilExpired);

        var batch = Assert.Single(await WatchAsync(revision + 1, 3));
        Assert.Equal(["-a", "-b", "-c"], Describe([batch]).Order());

        // Not always the next one: a lease that another test has left may run out first.
        Assert.Single(batch.Changes.Select(change => change.Revision).Distinct());
        Assert.Equal(["other"], await NamesAsync());
    }

    [Fact]
    public async Task A_lease_that_is_kept_alive_stays()
    {
        var lease = await GrantAsync(TimeToLive);
        var revision = await PutAsync("a", leaseId: lease);

        for (var i = 0; i < 4; i++)
        {
            await PassTimeAsync(TimeToLive / 2);
            await Store.KeepLeaseAliveAsync(lease, Token);
        }

        Assert.Equal(lease, (await FindAsync("a"))!.LeaseId);
        Assert.Equal(revision, await RevisionAsync());
    }

    [Fact]
    public async Task A_lease_that_was_kept_alive_and_then_no_more_expires()
    {
        var lease = await GrantAsync(TimeToLive);
        var revision = await PutAsync("a", leaseId: lease);
        await PassTimeAsync(TimeToLive / 2);
        await Store.KeepLeaseAliveAsync(lease, Token);

        await PassTimeAsync(UntilExpired);

        Assert.Equal(["-a"], Describe(await WatchAsync(revision + 1, 1)));
    }

    [Fact]
    public async Task An_expired_lease_cannot_be_kept_alive_nor_used()
    {
        var lease = await GrantAsync(TimeToLive);
        var revision = await PutAsync("a", leaseId: lease);
        await PassTimeAsync(UntilExpired);
        await WatchAsync(revision + 1, 1);

        await AssertNotFoundAsync(lease);
    }

    [Fact]
    public async Task A_lease_without_keys_expires_too()
    {
        var lease = await GrantAsync(TimeToLive);

        await PassTimeAsync(UntilExpired);

        await AssertNotFoundAsync(lease);
    }

    [Fact]
    public async Task Revoking_a_lease_deletes_its_keys_in_one_revision()
    {
        var lease = await GrantAsync(Long);
        await ApplyAsync(Put("a", "", lease), Put("b", "", lease), Put("other"));
        var revision = await RevisionAsync();

        await Store.RevokeLeaseAsync(lease, Token);

        Assert.Equal(["other"], await NamesAsync());
        Assert.Equal(revision + 1, await RevisionAsync());
        Assert.Equal(["-a", "-b"], Describe(await WatchAsync(revision + 1, 2)).Order());
        await AssertNotFoundAsync(lease);
    }

    [Fact]
    public async Task Revoking_a_lease_without_keys_takes_no_revision()
    {
        var revision = await RevisionAsync();
        var lease = await GrantAsync(Long);

        await Store.RevokeLeaseAsync(lease, Token);

        Assert.Equal(revision, await RevisionAsync());
    }

    [Fact]
    public async Task Revoking_a_lease_that_does_not_exist_is_fine()
    {
        var lease = await GrantAsync(Long);
        await Store.RevokeLeaseAsync(lease, Token);

        await Store.RevokeLeaseAsync(lease, Token);
        await Store.RevokeLeaseAsync(0x7777_7777_7777, Token);
    }

    [Fact]
    public async Task A_put_with_another_lease_moves_the_key()
    {
        var first = await GrantAsync(Long);
        var second = await GrantAsync(Long);
        await PutAsync("a", leaseId: first);
        await PutAsync("a", leaseId: second);

        await Store.RevokeLeaseAsync(first, Token);
        Assert.Equal(second, (await FindAsync("a"))!.LeaseId);

        await Store.RevokeLeaseAsync(second, Token);
        Assert.Null(await FindAsync("a"));
    }

    [Fact]
    public async Task A_put_without_a_lease_detaches_the_key()
    {
        var lease = await GrantAsync(Long);
        await PutAsync("a", leaseId: lease);
        await PutAsync("a");

        await Store.RevokeLeaseAsync(lease, Token);

        Assert.Equal(0, (await FindAsync("a"))!.LeaseId);
    }

    [Fact]
    public async Task A_key_that_was_deleted_and_put_again_does_not_go_with_its_former_lease()
    {
        var lease = await GrantAsync(Long);
        await PutAsync("a", leaseId: lease);
        await DeleteAsync("a");
        await PutAsync("a", "again");

        await Store.RevokeLeaseAsync(lease, Token);

        Assert.Equal("again", Text((await FindAsync("a"))!));
    }

    [Fact]
    public async Task The_end_of_one_lease_leaves_the_keys_of_another()
    {
        var first = await GrantAsync(Long);
        var second = await GrantAsync(Long);
        await ApplyAsync(Put("a", "", first), Put("b", "", second));

        await Store.RevokeLeaseAsync(first, Token);

        Assert.Equal(["b"], await NamesAsync());
    }

    [Fact]
    public async Task A_transaction_with_an_unknown_lease_applies_nothing()
    {
        var exception = await Assert.ThrowsAsync<LeaseNotFoundException>(
            async () => await ApplyAsync(Put("a"), Put("b", "", 0x7777_7777_7777), Put("c")));

        Assert.Equal(0x7777_7777_7777, exception.LeaseId);
        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task An_unknown_lease_in_the_branch_that_is_not_taken_does_not_matter()
    {
        var result = await Store.CommitAsync(new() { Then = [Put("a")], Else = [Put("b", "", 0x7777_7777_7777)] }, Token);

        Assert.True(result.Succeeded);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(0.5)]
    [InlineData(1.5)]
    [InlineData(3_601)]
    public async Task A_time_to_live_that_is_not_whole_seconds_up_to_an_hour_is_refused(double seconds) =>
        await Assert.ThrowsAnyAsync<ArgumentException>(
            async () => await GrantAsync(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public async Task A_write_that_compares_a_session_key_fails_once_the_lease_is_gone()
    {
        var lease = await GrantAsync(Long);
        var session = await PutAsync("session", leaseId: lease);
        var write = new MetadataTransaction
        {
            Comparisons = [Comparison.CreateRevision(Key("session"), session)],
            Then = [Put("a", "fenced")],
        };
        Assert.True((await Store.CommitAsync(write, Token)).Succeeded);

        await Store.RevokeLeaseAsync(lease, Token);
        await PutAsync("session");

        Assert.False((await Store.CommitAsync(write, Token)).Succeeded);
    }

    private async Task AssertNotFoundAsync(long lease)
    {
        var keepAlive = await Assert.ThrowsAsync<LeaseNotFoundException>(async () => await Store.KeepLeaseAliveAsync(lease, Token));
        var put = await Assert.ThrowsAsync<LeaseNotFoundException>(() => PutAsync("late", leaseId: lease));
        Assert.Equal((lease, lease), (keepAlive.LeaseId, put.LeaseId));
    }
}
