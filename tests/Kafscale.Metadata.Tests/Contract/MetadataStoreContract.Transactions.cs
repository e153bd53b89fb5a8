namespace Kafscale.Metadata.Tests.Contract;

public abstract partial class MetadataStoreContract
{
    [Fact]
    public async Task A_put_creates_a_key_with_its_revision_as_create_and_mod_revision()
    {
        var revision = await PutAsync("a", "1");

        var entry = await FindAsync("a");

        Assert.NotNull(entry);
        Assert.Equal((Key("a"), "1", revision, revision, 0L), (entry.Key, Text(entry), entry.CreateRevision, entry.ModRevision, entry.LeaseId));
    }

    [Fact]
    public async Task A_second_put_keeps_the_create_revision_and_moves_the_mod_revision()
    {
        var first = await PutAsync("a", "1");
        var second = await PutAsync("a", "2");

        var entry = await FindAsync("a");

        Assert.NotNull(entry);
        Assert.Equal(("2", first, second), (Text(entry), entry.CreateRevision, entry.ModRevision));
    }

    [Fact]
    public async Task A_key_that_is_put_again_after_its_deletion_has_a_new_create_revision()
    {
        await PutAsync("a");
        await DeleteAsync("a");
        var reborn = await PutAsync("a");

        Assert.Equal(reborn, (await FindAsync("a"))!.CreateRevision);
    }

    [Fact]
    public async Task Revisions_are_dense_and_one_transaction_takes_one()
    {
        var first = await PutAsync("a");
        var second = (await ApplyAsync(Put("a"), Put("b"), Put("c"))).Revision;
        var third = await DeleteAsync("b");

        Assert.Equal((first + 1, first + 2), (second, third));
        Assert.Equal(third, await RevisionAsync());
    }

    [Fact]
    public async Task A_put_of_the_same_value_takes_a_revision()
    {
        var first = await PutAsync("a", "1");

        Assert.Equal(first + 1, await PutAsync("a", "1"));
    }

    [Fact]
    public async Task A_transaction_that_changes_nothing_takes_no_revision()
    {
        var before = await PutAsync("a");

        var reads = await ApplyAsync(Get("a"));
        var nothing = await ApplyAsync();
        var absent = await ApplyAsync(Delete("absent"));

        Assert.Equal([before, before, before], [reads.Revision, nothing.Revision, absent.Revision]);
        Assert.Equal(before, await RevisionAsync());
    }

    [Fact]
    public async Task A_missing_key_has_create_and_mod_revision_0_and_no_value()
    {
        Assert.True(await HoldsAsync(Comparison.Missing(Key("a"))));
        Assert.True(await HoldsAsync(Comparison.ModRevision(Key("a"), 0)));
        Assert.False(await HoldsAsync(Comparison.CreateRevision(Key("a"), 1)));
        Assert.False(await HoldsAsync(Comparison.ValueEquals(Key("a"), default)));
    }

    [Fact]
    public async Task A_deleted_key_compares_like_one_that_never_was()
    {
        await PutAsync("a", "1");
        await DeleteAsync("a");

        Assert.True(await HoldsAsync(Comparison.Missing(Key("a"))));
        Assert.True(await HoldsAsync(Comparison.ModRevision(Key("a"), 0)));
        Assert.False(await HoldsAsync(Comparison.ValueEquals(Key("a"), Bytes("1"))));
    }

    [Fact]
    public async Task The_create_revision_compares_with_the_first_put()
    {
        var created = await PutAsync("a");
        var changed = await PutAsync("a");

        Assert.True(await HoldsAsync(Comparison.CreateRevision(Key("a"), created)));
        Assert.False(await HoldsAsync(Comparison.CreateRevision(Key("a"), changed)));
        Assert.False(await HoldsAsync(Comparison.Missing(Key("a"))));
    }

    [Fact]
    public async Task The_mod_revision_compares_with_the_last_put()
    {
        var created = await PutAsync("a");
        var changed = await PutAsync("a");

        Assert.True(await HoldsAsync(Comparison.ModRevision(Key("a"), changed)));
        Assert.False(await HoldsAsync(Comparison.ModRevision(Key("a"), created)));
    }

    [Fact]
    public async Task The_value_compares_byte_for_byte()
    {
        await PutAsync("a", "one");
        await PutAsync("empty");

        Assert.True(await HoldsAsync(Comparison.ValueEquals(Key("a"), Bytes("one"))));
        Assert.False(await HoldsAsync(Comparison.ValueEquals(Key("a"), Bytes("on"))));
        Assert.False(await HoldsAsync(Comparison.ValueEquals(Key("a"), Bytes("one "))));
        Assert.True(await HoldsAsync(Comparison.ValueEquals(Key("empty"), default)));
    }

    [Fact]
    public async Task One_comparison_that_fails_is_enough_for_the_else_branch()
    {
        await PutAsync("a", "1");

        var result = await Store.CommitAsync(
            new()
            {
                Comparisons = [Comparison.ValueEquals(Key("a"), Bytes("1")), Comparison.Missing(Key("a"))],
                Then = [Put("then")],
                Else = [Put("else"), Get("a")],
            },
            Token);

        Assert.False(result.Succeeded);
        Assert.Equal("1", Text(Assert.Single(Assert.Single(result.Reads).Entries)));
        Assert.Equal(["a", "else"], await NamesAsync());
    }

    [Fact]
    public async Task Comparisons_that_hold_lead_to_the_then_branch_alone()
    {
        var result = await Store.CommitAsync(
            new() { Comparisons = [Comparison.Missing(Key("then"))], Then = [Put("then")], Else = [Put("else"), Get("then")] }, Token);

        Assert.True(result.Succeeded);
        Assert.Empty(result.Reads);
        Assert.Equal(["then"], await NamesAsync());
    }

    [Fact]
    public async Task The_else_branch_reads_what_stands_in_the_way()
    {
        var revision = await PutAsync("a", "theirs");

        var result = await Store.CommitAsync(
            new() { Comparisons = [Comparison.Missing(Key("a"))], Then = [Put("a", "mine")], Else = [Get("a")] }, Token);

        var read = Assert.Single(result.Reads);
        Assert.Equal((revision, "theirs"), (read.Revision, Text(Assert.Single(read.Entries))));
    }

    [Fact]
    public async Task A_get_sees_the_changes_before_it_in_its_transaction_and_not_those_behind()
    {
        await ApplyAsync(Put("a", "old"), Put("b", "old"), Put("c", "old"));

        var result = await ApplyAsync(
            Get("a"), Put("a", "new"), Get("a"), Get("b"), Put("b", "new"), Delete("c"), new Operation.Get(All));

        Assert.Equal(
            ["a=old", "a=new", "b=old", "a=new b=new"],
            result.Reads.Select(read => string.Join(' ', read.Entries.Select(entry => $"{entry.Key[Root.Length..]}={Text(entry)}"))));
    }

    [Fact]
    public async Task A_key_read_in_the_transaction_that_put_it_has_the_revision_of_the_transaction()
    {
        var result = await ApplyAsync(Put("a"), Get("a"));

        var entry = Assert.Single(result.Reads[0].Entries);
        Assert.Equal((result.Revision, result.Revision), (entry.CreateRevision, entry.ModRevision));
    }

    [Fact]
    public async Task A_get_in_a_transaction_obeys_its_limit()
    {
        await ApplyAsync(Put("a"), Put("b"), Put("c"));

        var read = (await ApplyAsync(new Operation.Get(All, 2))).Reads[0];

        Assert.Equal(["a", "b"], Names(read));
        Assert.True(read.More);
    }

    [Fact]
    public async Task A_delete_of_a_range_deletes_its_keys_and_no_other()
    {
        await ApplyAsync(Put("a"), Put("b1"), Put("b2"), Put("c"));

        await ApplyAsync(new Operation.Delete(KeyRange.Prefix(Key("b"))));

        Assert.Equal(["a", "c"], await NamesAsync());
    }

    [Fact]
    public async Task Two_deletes_of_one_key_in_a_transaction_delete_it_once()
    {
        var before = await PutAsync("a");

        var result = await ApplyAsync(Delete("a"), Delete("a"));

        Assert.Equal(before + 1, result.Revision);
        Assert.Equal(["-a"], Describe(await WatchAsync(before + 1, 1)));
    }

    [Fact]
    public async Task A_key_put_twice_in_a_branch_is_refused()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await ApplyAsync(Put("a", "1"), Put("b"), Put("a", "2")));

        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task A_key_put_and_deleted_in_a_branch_is_refused()
    {
        await PutAsync("a", "1");

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await ApplyAsync(new Operation.Delete(All), Put("a", "2")));

        Assert.Equal("1", Text((await FindAsync("a"))!));
    }

    [Fact]
    public async Task A_key_put_twice_is_refused_in_the_branch_that_is_not_taken_too()
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(
            async () => await Store.CommitAsync(new() { Then = [Put("a")], Else = [Put("b"), Put("b")] }, Token));

        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task A_key_may_be_put_in_both_branches()
    {
        await Store.CommitAsync(new() { Then = [Put("a", "then")], Else = [Put("a", "else")] }, Token);

        Assert.Equal("then", Text((await FindAsync("a"))!));
    }

    [Fact]
    public async Task Transactions_hold_128_operations_per_branch_and_128_comparisons()
    {
        Operation[] puts = [.. Enumerable.Range(0, 128).Select(i => Put($"{i:D3}"))];
        Comparison[] missing = [.. Enumerable.Range(0, 128).Select(i => Comparison.Missing(Key($"{i:D3}")))];

        var result = await Store.CommitAsync(new() { Comparisons = missing, Then = puts, Else = puts }, Token);

        Assert.True(result.Succeeded);
        Assert.Equal(128, (await NamesAsync()).Length);
    }

    [Fact]
    public async Task More_operations_than_128_are_refused_before_anything_is_applied()
    {
        Operation[] puts = [.. Enumerable.Range(0, 129).Select(i => Put($"{i:D3}"))];
        Comparison[] missing = [.. Enumerable.Range(0, 129).Select(i => Comparison.Missing(Key($"{i:D3}")))];

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await ApplyAsync(puts));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.CommitAsync(new() { Then = [Put("a")], Else = puts }, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(
            async () => await Store.CommitAsync(new() { Comparisons = missing, Then = [Put("a")] }, Token));

        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task Values_of_1_MiB_come_back_as_they_were()
    {
        var value = new byte[MetadataLimits.ValueBytes];
        new Random(1).NextBytes(value);

        await ApplyAsync(new Operation.Put(Key("large"), value));

        Assert.True((await FindAsync("large"))!.Value.Span.SequenceEqual(value));
    }

    [Fact]
    public async Task Larger_values_and_transactions_are_refused_before_anything_is_applied()
    {
        var tooLarge = new byte[MetadataLimits.ValueBytes + 1];
        var half = new byte[MetadataLimits.TransactionBytes / 2];

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await ApplyAsync(Put("a"), new Operation.Put(Key("b"), tooLarge)));
        await Assert.ThrowsAnyAsync<ArgumentException>(
            async () => await ApplyAsync(new Operation.Put(Key("a"), half), new Operation.Put(Key("b"), half)));

        Assert.Empty(await NamesAsync());
    }

    [Fact]
    public async Task Keys_of_1024_bytes_are_taken_and_longer_or_empty_ones_refused()
    {
        var longest = Root.PadRight(MetadataLimits.KeyBytes, 'x');

        await ApplyAsync(new Operation.Put(longest, default));

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await ApplyAsync(new Operation.Put(longest + "x", default)));
        await Assert.ThrowsAnyAsync<ArgumentException>(
            async () => await ApplyAsync(new Operation.Put(Root.PadRight(MetadataLimits.KeyBytes - 1, 'x') + "é", default)));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await ApplyAsync(new Operation.Put("", default)));
        Assert.Equal([longest[Root.Length..]], await NamesAsync());
    }

    [Fact]
    public async Task A_key_that_is_not_unicode_is_refused() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await PutAsync("\ud800"));

    [Fact]
    public async Task A_cancelled_call_throws()
    {
        var cancelled = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.RangeAsync(All, 0, 0, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.CommitAsync(new() { Then = [Put("a")] }, cancelled));
    }
}
