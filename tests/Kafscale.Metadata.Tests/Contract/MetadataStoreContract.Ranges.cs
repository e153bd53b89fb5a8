namespace Kafscale.Metadata.Tests.Contract;

public abstract partial class MetadataStoreContract
{
    [Fact]
    public async Task A_missing_key_reads_as_nothing()
    {
        var result = await Store.RangeAsync(KeyRange.Key(Key("a")), 0, 0, Token);

        Assert.Empty(result.Entries);
        Assert.False(result.More);
    }

    [Fact]
    public async Task A_prefix_covers_every_key_that_begins_with_it()
    {
        await ApplyAsync(Put("a"), Put("b"), Put("b/"), Put("b/1"), Put("b\u007f"), Put("bé"), Put("c"));

        Assert.Equal(["b", "b/", "b/1", "b\u007f", "bé"], Names(await Store.RangeAsync(KeyRange.Prefix(Key("b")), 0, 0, Token)));
    }

    [Fact]
    public async Task An_interval_holds_its_start_and_not_its_end()
    {
        await ApplyAsync(Put("a"), Put("b"), Put("c"), Put("d"));

        Assert.Equal(["b", "c"], Names(await Store.RangeAsync(new(Key("b"), Key("d")), 0, 0, Token)));
        Assert.Equal(["b", "c"], Names(await Store.RangeAsync(new(Key("aa"), Key("cc")), 0, 0, Token)));
    }

    [Fact]
    public async Task An_interval_that_ends_where_it_starts_or_before_is_empty()
    {
        await ApplyAsync(Put("a"), Put("b"));

        Assert.Empty((await Store.RangeAsync(new(Key("a"), Key("a")), 0, 0, Token)).Entries);
        Assert.Empty((await Store.RangeAsync(new(Key("b"), Key("a")), 0, 0, Token)).Entries);
    }

    [Fact]
    public async Task An_empty_end_reaches_to_the_last_key_and_an_empty_prefix_covers_all_keys()
    {
        await ApplyAsync(Put("a"), Put("b"), Put("c"));

        var toTheEnd = await Store.RangeAsync(new(Key("b"), ""), 0, 0, Token);
        var all = await Store.RangeAsync(KeyRange.Prefix(""), 0, 0, Token);

        Assert.Equal(["b", "c"], Names(toTheEnd with { Entries = [.. toTheEnd.Entries.Where(entry => entry.Key.StartsWith(Root))] }));
        Assert.Equal(["a", "b", "c"], Names(all with { Entries = [.. all.Entries.Where(entry => entry.Key.StartsWith(Root))] }));
    }

    [Fact]
    public async Task Keys_come_in_the_order_of_their_utf8_bytes()
    {
        // U+FF5E is a unit above the surrogates that U+1F600 consists of in UTF-16; in UTF-8 it is below.
        string[] inOrder = ["", "A", "Z", "a", "a\0", "a/", "aa", "é", "\uff5e", "\U0001F600", "\U0001F601"];

        await ApplyAsync([.. inOrder.Reverse().Select(name => Put(name))]);

        Assert.Equal(inOrder, await NamesAsync());
        Assert.Equal(["\uff5e", "\U0001F600"], Names(await Store.RangeAsync(new(Key("\uff5e"), Key("\U0001F601")), 0, 0, Token)));
    }

    [Fact]
    public async Task A_limit_cuts_the_range_and_says_so()
    {
        await ApplyAsync(Put("a"), Put("b"), Put("c"));

        var cut = await Store.RangeAsync(All, 2, 0, Token);
        var whole = await Store.RangeAsync(All, 3, 0, Token);
        var unlimited = await Store.RangeAsync(All, 0, 0, Token);

        Assert.Equal(["a", "b"], Names(cut));
        Assert.True(cut.More);
        Assert.False(whole.More);
        Assert.False(unlimited.More);
    }

    [Fact]
    public async Task A_read_at_an_old_revision_sees_the_keys_as_they_were()
    {
        var first = (await ApplyAsync(Put("a", "1"), Put("b", "1"))).Revision;
        var second = (await ApplyAsync(Put("a", "2"), Delete("b"), Put("c", "2"))).Revision;
        await ApplyAsync(Delete("a"), Put("b", "3"));

        Assert.Equal(["a", "b"], await NamesAsync(first));
        Assert.Equal(["a", "c"], await NamesAsync(second));
        var old = Assert.Single((await Store.RangeAsync(KeyRange.Key(Key("a")), 0, first, Token)).Entries);
        Assert.Equal(("1", first), (Text(old), old.ModRevision));
    }

    [Fact]
    public async Task A_read_reports_the_revision_of_the_store_at_the_time_of_the_read()
    {
        var first = await PutAsync("a");
        var second = await PutAsync("a");

        Assert.Equal(second, (await Store.RangeAsync(All, 0, 0, Token)).Revision);
        Assert.Equal(second, (await Store.RangeAsync(All, 0, first, Token)).Revision);
    }

    [Fact]
    public async Task A_read_at_a_revision_that_is_yet_to_come_is_refused()
    {
        var revision = await PutAsync("a");

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.RangeAsync(All, 0, revision + 1, Token));
    }

    [Fact]
    public async Task Pages_at_one_revision_do_not_see_what_happens_in_between()
    {
        var revision = (await ApplyAsync([.. Enumerable.Range(0, 10).Select(i => Put($"{i}"))])).Revision;
        var names = new List<string>();

        var from = Key("");
        while (true)
        {
            var page = await Store.RangeAsync(new(from, Key("~")), 3, revision, Token);
            names.AddRange(Names(page));
            if (!page.More)
            {
                break;
            }

            from = page.Entries[^1].Key + "\0";
            await ApplyAsync(Delete("9"), Put("5", "new"));
            await PutAsync("55");
        }

        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], names);
    }

    [Fact]
    public async Task Compaction_keeps_the_newest_values_and_the_revision_it_names()
    {
        await ApplyAsync(Put("a", "1"), Put("b", "1"));
        var compacted = await PutAsync("a", "2");
        await PutAsync("a", "3");

        await Store.CompactAsync(compacted, Token);

        Assert.Equal("3", Text((await FindAsync("a"))!));
        Assert.Equal("1", Text((await FindAsync("b"))!));
        var kept = await Store.RangeAsync(All, 0, compacted, Token);
        Assert.Equal(["2", "1"], kept.Entries.Select(Text));
    }

    [Fact]
    public async Task Reads_of_compacted_revisions_fail()
    {
        var old = await PutAsync("a", "1");
        var compacted = await PutAsync("a", "2");

        await Store.CompactAsync(compacted, Token);

        var exception = await Assert.ThrowsAsync<RevisionCompactedException>(async () => await Store.RangeAsync(All, 0, old, Token));
        Assert.Equal(compacted, exception.CompactRevision);
    }

    [Fact]
    public async Task Compacting_again_changes_nothing()
    {
        var first = await PutAsync("a", "1");
        var second = await PutAsync("a", "2");
        await Store.CompactAsync(second, Token);

        await Store.CompactAsync(second, Token);
        await Store.CompactAsync(first, Token);

        Assert.Equal(second, await RevisionAsync());
        Assert.Equal(["a"], await NamesAsync(second));
    }

    [Fact]
    public async Task Compacting_revisions_that_are_yet_to_come_is_refused()
    {
        var revision = await PutAsync("a");

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CompactAsync(revision + 1, Token));
    }
}
