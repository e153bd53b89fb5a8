namespace Kafscale.Metadata.Tests.Contract;

public abstract partial class MetadataStoreContract
{
    [Fact]
    public async Task A_watch_from_the_past_sees_all_changes_since()
    {
        var revision = await PutAsync("a", "1");
        await PutAsync("b", "2");
        await DeleteAsync("a");

        var batches = await WatchAsync(revision, 3);

        Assert.Equal(["a=1", "b=2", "-a"], Describe(batches));
        Assert.Equal([revision, revision + 1, revision + 2], batches.SelectMany(batch => batch.Changes).Select(change => change.Revision));
        Assert.Equal(revision + 2, batches[^1].Revision);
    }

    [Fact]
    public async Task A_watch_starts_with_the_revision_it_names()
    {
        await PutAsync("a", "1");
        var revision = await PutAsync("a", "2");

        Assert.Equal(["a=2"], Describe(await WatchAsync(revision, 1)));
    }

    [Fact]
    public async Task A_watch_from_the_next_revision_sees_the_next_change()
    {
        var revision = await PutAsync("a", "1");
        var watch = WatchAsync(revision + 1, 1);

        await PutAsync("a", "2");

        Assert.Equal(["a=2"], Describe(await watch));
    }

    [Fact]
    public async Task A_watch_from_the_future_sees_nothing_before_it()
    {
        var revision = await PutAsync("a", "1");
        var watch = WatchAsync(revision + 3, 1);

        await PutAsync("a", "2");
        await PutAsync("a", "3");
        await PutAsync("a", "4");

        Assert.Equal(["a=4"], Describe(await watch));
    }

    [Fact]
    public async Task A_watch_goes_on_from_the_past_into_the_present()
    {
        var revision = await PutAsync("a", "0");
        var seen = new List<string>();
        await foreach (var batch in Store.WatchAsync(Root, revision, Token))
        {
            seen.AddRange(batch.Changes.Select(Describe));
            if (seen.Count == 5)
            {
                break;
            }

            if (batch.Changes.Count > 0)
            {
                await PutAsync("a", $"{seen.Count}");
            }
        }

        Assert.Equal(["a=0", "a=1", "a=2", "a=3", "a=4"], seen);
    }

    [Fact]
    public async Task The_changes_of_one_revision_come_in_one_batch_in_the_order_of_the_operations()
    {
        await ApplyAsync(Put("a"), Put("b1"), Put("b2"));
        var revision = (await ApplyAsync(Put("z", "1"), new Operation.Delete(KeyRange.Prefix(Key("b"))), Put("a", "2"))).Revision;

        var batch = Assert.Single(await WatchAsync(revision, 4));

        Assert.Equal(["z=1", "-b1", "-b2", "a=2"], Describe([batch]));
        Assert.All(batch.Changes, change => Assert.Equal(revision, change.Revision));
    }

    [Fact]
    public async Task A_transaction_of_128_puts_is_one_batch()
    {
        var revision = await RevisionAsync();
        var watch = WatchAsync(revision + 1, 1);

        await ApplyAsync([.. Enumerable.Range(0, 128).Select(i => Put($"{i:D3}"))]);

        Assert.Equal(128, Assert.Single(await watch).Changes.Count);
    }

    [Fact]
    public async Task A_change_carries_the_entry_as_a_read_would_show_it()
    {
        var lease = await GrantAsync(TimeSpan.FromMinutes(1));
        await PutAsync("a", "1");
        var revision = await PutAsync("a", "2", lease);

        var change = Assert.Single(Assert.Single(await WatchAsync(revision, 1)).Changes);

        var read = (await FindAsync("a"))!;
        Assert.Equal(read with { Value = default }, change.Entry! with { Value = default });
        Assert.Equal(Text(read), Text(change.Entry!));
    }

    [Fact]
    public async Task A_watch_sees_only_keys_under_its_prefix()
    {
        var revision = await PutAsync("a/1");
        await ApplyAsync(Put("a"), Put("a/2"), Put("b/1"));
        await PutAsync("b/2");
        await PutAsync("a/3");

        Assert.Equal(["a/1=", "a/2=", "a/3="], Describe(await WatchAsync(revision, 3, Key("a/"))));
    }

    [Fact]
    public async Task A_watch_reports_revisions_that_changed_nothing_under_its_prefix()
    {
        var revision = await PutAsync("a/1");
        var other = await PutAsync("b/1");

        await foreach (var batch in Store.WatchAsync(Key("a/"), revision + 1, Token))
        {
            Assert.Empty(batch.Changes);
            if (batch.Revision >= other)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task A_watch_without_prefix_sees_every_key()
    {
        var revision = await PutAsync("a", "1");

        Assert.Equal(["a=1"], Describe(await WatchAsync(revision, 1, prefix: "")));
    }

    [Fact]
    public async Task A_transaction_that_changes_nothing_is_not_seen()
    {
        var revision = await PutAsync("a", "1");
        await ApplyAsync(Get("a"), Delete("absent"));
        await PutAsync("a", "2");

        Assert.Equal(["a=1", "a=2"], Describe(await WatchAsync(revision, 2)));
    }

    [Fact]
    public async Task A_watch_ends_when_it_is_cancelled()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var revision = await PutAsync("a");
        await using var watch = Store.WatchAsync(Root, revision, cancellation.Token).GetAsyncEnumerator(Token);
        Assert.True(await watch.MoveNextAsync());

        var pending = watch.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        Assert.False(Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_watch_from_a_compacted_revision_fails()
    {
        var old = await PutAsync("a", "1");
        var compacted = await PutAsync("a", "2");
        await Store.CompactAsync(compacted, Token);

        var exception = await Assert.ThrowsAsync<RevisionCompactedException>(() => WatchAsync(old, 1));
        Assert.Equal(compacted, exception.CompactRevision);
    }

    [Fact]
    public async Task A_watch_from_behind_the_compact_revision_sees_everything()
    {
        await ApplyAsync(Put("a", "1"), Put("b", "1"));
        var compacted = await PutAsync("a", "2");
        await ApplyAsync(Put("a", "3"), Delete("b"));

        await Store.CompactAsync(compacted, Token);

        Assert.Equal(["a=3", "-b"], Describe(await WatchAsync(compacted + 1, 2)));
    }

    [Fact]
    public async Task A_watch_from_the_compact_revision_misses_no_deletion_unless_it_fails()
    {
        await ApplyAsync(Put("a", "1"), Put("b", "1"));
        var compacted = (await ApplyAsync(Put("a", "2"), Delete("b"))).Revision;
        await PutAsync("a", "3");
        await Store.CompactAsync(compacted, Token);

        try
        {
            Assert.Equal(["a=2", "-b", "a=3"], Describe(await WatchAsync(compacted, 3)));
        }
        catch (RevisionCompactedException exception)
        {
            Assert.Equal(compacted, exception.CompactRevision);
        }
    }

    [Fact]
    public async Task A_watch_from_before_revision_1_is_refused() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => WatchAsync(0, 1));
}
