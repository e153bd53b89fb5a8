using System.Buffers;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests.ObjectStores;

/// <summary>What every implementation of <see cref="IObjectStore"/> promises; each has a class that derives from this one.</summary>
public abstract class ObjectStoreContract : IAsyncLifetime
{
    private static readonly string[] AwkwardKeys = ["a", "a-b", "a.b", "a.b/c", "a/b", "a/b-c", "a/b/c", "a/c", "a0", "b"];

    private IObjectStore _store = null!;

    protected IObjectStore Store => _store;

    /// <summary>Opens an empty store.</summary>
    protected abstract ValueTask<IObjectStore> OpenAsync();

    /// <summary>Closes what <see cref="OpenAsync"/> opened.</summary>
    protected abstract ValueTask CloseAsync();

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _store = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(3_000_000)]
    public async Task What_was_put_is_read_back(int length)
    {
        var body = Bodies.Random(length);
        await PutAsync("default/orders/0/segment-00000000000000000000.kfs", body);
        Assert.Equal(body, await ReadWholeAsync("default/orders/0/segment-00000000000000000000.kfs"));
    }

    [Theory]
    [InlineData(10_000, 3)]
    [InlineData(100_000, 4096)]
    [InlineData(1_000_000, 1)]
    public async Task A_body_in_many_segments_is_written_in_order(int length, int segmentLength)
    {
        var body = Bodies.Random(length);
        await Store.PutAsync("segments", Bodies.InSegments(body, segmentLength), PutCondition.None, Cancellation);
        Assert.Equal(body, await ReadWholeAsync("segments"));
    }

    [Fact]
    public async Task An_empty_object_exists()
    {
        await PutAsync("empty", []);
        Assert.Equal(0, (await Store.HeadAsync("empty", Cancellation))!.Value.Length);
        Assert.Equal(0, await Store.ReadAsync("empty", 0, new byte[10], Cancellation));
        Assert.Equal(["empty"], await ListKeysAsync("", null));
    }

    [Fact]
    public async Task An_empty_body_of_several_segments_is_an_empty_object()
    {
        await Store.PutAsync("empty", Bodies.InSegments([], 1), PutCondition.IfNoneMatch, Cancellation);
        Assert.Equal(0, (await Store.HeadAsync("empty", Cancellation))!.Value.Length);
    }

    [Theory]
    [InlineData(0, 10, 10)]
    [InlineData(90, 10, 10)]
    [InlineData(95, 10, 5)]
    [InlineData(99, 1, 1)]
    [InlineData(100, 10, 0)]
    [InlineData(1_000, 10, 0)]
    [InlineData(long.MaxValue - 20, 10, 0)]
    [InlineData(50, 0, 0)]
    public async Task A_range_is_cut_where_the_object_ends(long offset, int length, int expectedLength)
    {
        var body = Bodies.Random(100);
        await PutAsync("ranges", body);
        var destination = new byte[length];
        var read = await Store.ReadAsync("ranges", offset, destination, Cancellation);
        Assert.Equal(expectedLength, read);
        Assert.Equal(body.Skip((int)Math.Min(offset, 100)).Take(read), destination.Take(read));
        Assert.All(destination.Skip(read), unread => Assert.Equal(0, unread));
    }

    [Fact]
    public async Task A_negative_offset_is_refused()
    {
        await PutAsync("ranges", [1]);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Store.ReadAsync("ranges", -1, new byte[1], Cancellation));
    }

    [Fact]
    public async Task Reading_a_missing_object_says_which()
    {
        var exception = await Assert.ThrowsAsync<ObjectNotFoundException>(
            async () => await Store.ReadAsync("no/such/object", 0, new byte[1], Cancellation));
        Assert.Equal("no/such/object", exception.Key);
    }

    [Fact]
    public async Task Reading_nothing_of_a_missing_object_fails_as_well() =>
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await Store.ReadAsync("missing", 0, Memory<byte>.Empty, Cancellation));

    [Fact]
    public async Task The_properties_of_a_missing_object_are_null()
    {
        await PutAsync("a/b", [1]);
        Assert.Null(await Store.HeadAsync("a", Cancellation));
        Assert.Null(await Store.HeadAsync("a/b/c", Cancellation));
        Assert.Null(await Store.HeadAsync("missing", Cancellation));
    }

    [Fact]
    public async Task Head_and_list_agree_on_the_properties()
    {
        await PutAsync("properties", new byte[123]);
        var head = await Store.HeadAsync("properties", Cancellation);
        var listed = Assert.Single(await ListAsync("", null));
        Assert.Equal("properties", listed.Key);
        Assert.Equal(123, listed.Length);
        Assert.Equal(head, listed);
    }

    [Fact]
    public async Task A_put_replaces_the_object()
    {
        await PutAsync("replaced", [1, 2, 3]);
        await PutAsync("replaced", [4]);
        Assert.Equal([4], await ReadWholeAsync("replaced"));
    }

    [Fact]
    public async Task A_put_with_if_none_match_creates_the_object_where_the_key_is_free()
    {
        await PutAsync("conditional", [1], PutCondition.IfNoneMatch);
        Assert.Equal([1], await ReadWholeAsync("conditional"));
    }

    [Fact]
    public async Task A_put_with_if_none_match_is_refused_where_the_key_exists()
    {
        await PutAsync("taken", [1]);
        var exception = await Assert.ThrowsAsync<ObjectAlreadyExistsException>(
            async () => await PutAsync("taken", [2], PutCondition.IfNoneMatch));
        Assert.Equal("taken", exception.Key);
        Assert.Equal([1], await ReadWholeAsync("taken"));
    }

    [Fact]
    public async Task A_key_is_free_again_after_its_deletion()
    {
        await PutAsync("free/again", [1], PutCondition.IfNoneMatch);
        await DeleteAsync("free/again");
        await PutAsync("free/again", [2], PutCondition.IfNoneMatch);
        Assert.Equal([2], await ReadWholeAsync("free/again"));
    }

    [Fact]
    public async Task Of_many_conditional_puts_at_once_exactly_one_wins()
    {
        const int Writers = 32;
        for (var round = 0; round < 10; round++)
        {
            var key = $"race/{round}/object";
            var attempts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
            {
                try
                {
                    await PutAsync(key, [(byte)writer, (byte)writer, (byte)writer], PutCondition.IfNoneMatch);
                    return writer;
                }
                catch (ObjectAlreadyExistsException)
                {
                    return -1;
                }
            })));
            var winner = Assert.Single(attempts, writer => writer >= 0);
            Assert.Equal([(byte)winner, (byte)winner, (byte)winner], await ReadWholeAsync(key));
        }
    }

    [Fact]
    public async Task A_reader_sees_the_old_object_or_the_new_one_and_never_a_mixture()
    {
        const int Length = 200_000;
        await PutAsync("overwritten", Filled(0));
        using var finished = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var reads = 0;
            var buffer = new byte[Length * 2];
            while (!finished.IsCancellationRequested || reads == 0)
            {
                try
                {
                    var read = await Store.ReadAsync("overwritten", 0, buffer, Cancellation);
                    Assert.Equal(Filled(buffer[0]), buffer[..read]);
                    reads++;
                }
                catch (ObjectStoreException exception) when (exception.IsTransient)
                {
                    // A store may refuse an answer, for which a read is tried again; it may not give a wrong one.
                }
            }
        })).ToArray();
        for (byte version = 1; version <= 50; version++)
            await Store.PutAsync("overwritten", Bodies.InSegments(Filled(version), 1000), PutCondition.None, Cancellation);
        await finished.CancelAsync();
        await Task.WhenAll(readers);

        static byte[] Filled(byte version)
        {
            var body = new byte[Length + version];
            Array.Fill(body, version);
            return body;
        }
    }

    [Fact]
    public async Task The_caller_may_reuse_its_buffer_after_the_put()
    {
        byte[] body = [1, 2, 3];
        await PutAsync("copied", body);
        body.AsSpan().Clear();
        Assert.Equal([1, 2, 3], await ReadWholeAsync("copied"));
    }

    [Fact]
    public async Task A_key_and_keys_below_it_exist_side_by_side()
    {
        foreach (var key in AwkwardKeys)
            await PutAsync(key, System.Text.Encoding.ASCII.GetBytes(key), PutCondition.IfNoneMatch);
        foreach (var key in AwkwardKeys)
            Assert.Equal(System.Text.Encoding.ASCII.GetBytes(key), await ReadWholeAsync(key));
    }

    [Fact]
    public async Task Keys_are_listed_in_the_order_of_their_bytes()
    {
        foreach (var key in AwkwardKeys.Reverse())
            await PutAsync(key, [1]);
        Assert.Equal(AwkwardKeys, await ListKeysAsync("", null));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a/")]
    [InlineData("a/b")]
    [InlineData("a/b/")]
    [InlineData("a.")]
    [InlineData("a-")]
    [InlineData("b/")]
    [InlineData("c")]
    [InlineData("a//b")]
    [InlineData("/")]
    [InlineData("../")]
    [InlineData("..")]
    [InlineData("a/../b")]
    [InlineData("~")]
    [InlineData("~staging/")]
    public async Task Any_prefix_and_start_select_what_they_say(string prefix)
    {
        foreach (var key in AwkwardKeys)
            await PutAsync(key, [1]);
        foreach (var startAfter in (string?[])[null, "", "A", "a", "a-", "a.b", "a/", "a/b", "a/b/", "a/b/b", "a/b/c", "a/~", "a0", "z", "~", "../x"])
        {
            var expected = AwkwardKeys
                .Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(key, startAfter) > 0);
            Assert.Equal(expected, await ListKeysAsync(prefix, startAfter));
        }
    }

    [Fact]
    public async Task Random_keys_are_listed_as_a_sorted_set_would_list_them()
    {
        var random = new Random(7);
        string RandomString(int maxLength) => new([.. Enumerable.Range(0, random.Next(1, maxLength)).Select(_ => "ab-.0//"[random.Next(7)])]);
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        while (keys.Count < 150)
        {
            var key = RandomString(9);
            if (key.Split('/').All(part => ObjectKey.IsValidPart(part)) && keys.Add(key))
                await PutAsync(key, [1]);
        }

        for (var i = 0; i < 200; i++)
        {
            var prefix = random.Next(3) == 0 ? "" : RandomString(4);
            var startAfter = random.Next(3) == 0 ? null : RandomString(6);
            var expected = keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(key, startAfter) > 0);
            Assert.Equal(expected, await ListKeysAsync(prefix, startAfter));
        }
    }

    [Fact]
    public async Task More_keys_than_a_page_are_all_listed_once()
    {
        var keys = Enumerable.Range(0, 2500).Select(number => $"many/{number:D20}").ToArray();
        await Parallel.ForEachAsync(keys, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancellation }, async (key, _) => await PutAsync(key, [1]));
        Assert.Equal(keys, await ListKeysAsync("many/", null));
        Assert.Equal(keys.Skip(1200), await ListKeysAsync("many/", keys[1199]));
        foreach (var page in keys.Chunk(1000))
            await Store.DeleteAsync(page, Cancellation);
        Assert.Empty(await ListKeysAsync("", null));
    }

    [Fact]
    public async Task A_listing_that_the_caller_leaves_early_ends()
    {
        foreach (var key in AwkwardKeys)
            await PutAsync(key, [1]);
        await foreach (var properties in Store.ListAsync("", null, Cancellation))
        {
            Assert.Equal("a", properties.Key);
            break;
        }
    }

    [Fact]
    public async Task Objects_deleted_during_a_listing_do_not_disturb_it()
    {
        foreach (var key in AwkwardKeys)
            await PutAsync(key, [1]);
        var listed = new List<string>();
        await foreach (var properties in Store.ListAsync("", null, Cancellation))
        {
            listed.Add(properties.Key);
            if (listed.Count == 2)
                await Store.DeleteAsync(["a.b", "a/b", "a/b-c", "a/b/c", "a/c"], Cancellation);
        }

        Assert.Equal(["a", "a-b"], listed.Take(2));
        Assert.Contains("a.b/c", listed);
        Assert.Equal(["a0", "b"], listed.TakeLast(2));
    }

    [Fact]
    public async Task A_deleted_object_is_gone()
    {
        await PutAsync("x/gone", [1]);
        await PutAsync("x/stays", [2]);
        await DeleteAsync("x/gone");
        Assert.Null(await Store.HeadAsync("x/gone", Cancellation));
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await Store.ReadAsync("x/gone", 0, new byte[1], Cancellation));
        Assert.Equal(["x/stays"], await ListKeysAsync("", null));
    }

    [Fact]
    public async Task Deleting_what_does_not_exist_succeeds()
    {
        await PutAsync("a/b", [1]);
        await Store.DeleteAsync(["missing", "a", "a/b/c", "no/such/folder/object"], Cancellation);
        await Store.DeleteAsync([], Cancellation);
        Assert.Equal(["a/b"], await ListKeysAsync("", null));
    }

    [Fact]
    public async Task More_than_a_thousand_keys_in_one_delete_are_refused()
    {
        var keys = Enumerable.Range(0, 1001).Select(number => $"key{number}").ToArray();
        await PutAsync("key0", [1]);
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.DeleteAsync(keys, Cancellation));
        Assert.NotNull(await Store.HeadAsync("key0", Cancellation));
    }

    [Fact]
    public async Task Puts_and_deletes_of_neighbours_at_once_lose_nothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                var key = $"shared/deep/folder/{worker}";
                await PutAsync(key, [(byte)i], i % 2 == 0 ? PutCondition.IfNoneMatch : PutCondition.None);
                Assert.Equal([(byte)i], await ReadWholeAsync(key));
                await DeleteAsync(key);
                Assert.Null(await Store.HeadAsync(key, Cancellation));
            }
        })));
        Assert.Empty(await ListKeysAsync("", null));
    }

    [Theory]
    [MemberData(nameof(InvalidKeys))]
    public async Task An_invalid_key_is_refused_everywhere(string key)
    {
        await Assert.ThrowsAsync<ArgumentException>(async () => await PutAsync(key, [1]));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.ReadAsync(key, 0, new byte[1], Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.HeadAsync(key, Cancellation));
        await PutAsync("valid", [1]);
        await Assert.ThrowsAsync<ArgumentException>(async () => await Store.DeleteAsync(["valid", key], Cancellation));
        Assert.Equal(["valid"], await ListKeysAsync("", null));
    }

    public static TheoryData<string> InvalidKeys() =>
    [
        "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a/..", "a\\b", "a b", "a\0b", "a\nb", "ä", "a/~b", "~staging/1",
        "a:b", "a*", "a?", "a%2fb", new string('a', ObjectKey.MaxPartLength + 1), string.Join('/', Enumerable.Repeat("abc", 257)),
    ];

    [Fact]
    public async Task The_longest_key_and_the_longest_part_are_accepted()
    {
        var part = new string('p', ObjectKey.MaxPartLength);
        var key = $"{part}/{part}/{part}/{part}/{new string('q', 20)}";
        Assert.Equal(ObjectKey.MaxLength, key.Length);
        await PutAsync(key, [1]);
        Assert.Equal([1], await ReadWholeAsync(key));
        Assert.Equal([key], await ListKeysAsync("", null));
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        await PutAsync("there", [1]);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Store.PutAsync("there", Bodies.Whole([2]), PutCondition.None, cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ReadAsync("there", 0, new byte[1], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.HeadAsync("there", cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.DeleteAsync(["there"], cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ListAsync("", null, cancelled).ToListAsync());
        Assert.Equal([1], await ReadWholeAsync("there"));
    }

    [Fact]
    public async Task A_listing_is_cancelled_between_objects()
    {
        foreach (var key in AwkwardKeys)
            await PutAsync(key, [1]);
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in Store.ListAsync("", null, cancellation.Token))
                await cancellation.CancelAsync();
        });
    }

    protected ValueTask PutAsync(string key, byte[] body, PutCondition condition = PutCondition.None) =>
        Store.PutAsync(key, new ReadOnlySequence<byte>(body), condition, Cancellation);

    protected async Task<byte[]> ReadWholeAsync(string key)
    {
        var length = (await Store.HeadAsync(key, Cancellation))!.Value.Length;
        var body = new byte[length];
        Assert.Equal(length, await Store.ReadAsync(key, 0, body, Cancellation));
        return body;
    }

    protected ValueTask DeleteAsync(string key) => Store.DeleteAsync([key], Cancellation);

    protected ValueTask<List<ObjectProperties>> ListAsync(string prefix, string? startAfter) =>
        Store.ListAsync(prefix, startAfter, Cancellation).ToListAsync(Cancellation);

    protected async Task<List<string>> ListKeysAsync(string prefix, string? startAfter) =>
        [.. (await ListAsync(prefix, startAfter)).Select(properties => properties.Key)];
}
