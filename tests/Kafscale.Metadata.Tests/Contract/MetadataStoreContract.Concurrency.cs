using System.Globalization;

namespace Kafscale.Metadata.Tests.Contract;

public abstract partial class MetadataStoreContract
{
    [Fact]
    public async Task Concurrent_increments_by_compare_lose_nothing()
    {
        const int Writers = 8;
        const int IncrementsPerWriter = 50;
        await PutAsync("counter", "0");

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(IncrementAsync, Token)));

        Assert.Equal("400", Text((await FindAsync("counter"))!));

        async Task IncrementAsync()
        {
            for (var done = 0; done < IncrementsPerWriter;)
            {
                var entry = (await FindAsync("counter"))!;
                var next = (int.Parse(Text(entry), CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);
                var result = await Store.CommitAsync(
                    new() { Comparisons = [Comparison.ModRevision(Key("counter"), entry.ModRevision)], Then = [Put("counter", next)] },
                    Token);
                done += result.Succeeded ? 1 : 0;
            }
        }
    }

    [Fact]
    public async Task Of_many_that_create_one_key_exactly_one_succeeds()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(
            async () => await Store.CommitAsync(
                new() { Comparisons = [Comparison.Missing(Key("a"))], Then = [Put("a", $"{i}")], Else = [Get("a")] }, Token),
            Token)));

        var winner = Array.FindIndex(results, result => result.Succeeded);
        Assert.Single(results, result => result.Succeeded);
        Assert.All(
            results.Where(result => !result.Succeeded),
            result => Assert.Equal($"{winner}", Text(Assert.Single(Assert.Single(result.Reads).Entries))));
    }

    [Fact]
    public async Task A_read_sees_every_write_that_returned_before_it()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    var revision = await PutAsync($"{writer}", $"{i}");
                    var read = await Store.RangeAsync(KeyRange.Key(Key($"{writer}")), 0, 0, Token);
                    Assert.Equal($"{i}", Text(Assert.Single(read.Entries)));
                    Assert.InRange(read.Revision, revision, long.MaxValue);
                }
            },
            Token)));
    }

    [Fact]
    public async Task Many_watchers_under_concurrent_writers_see_the_same_order_without_gap()
    {
        const int Writers = 8;
        const int WritesPerWriter = 50;
        var before = await RevisionAsync();
        var watchers = Enumerable.Range(0, 16)
            .Select(i => Task.Run(() => WatchAsync(before + 1, 2 * Writers * WritesPerWriter), Token)).ToArray();

        var written = await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer), Token)));

        var seen = (await Task.WhenAll(watchers)).Select(batches => batches.SelectMany(batch => batch.Changes).ToArray()).ToArray();
        var expected = written.SelectMany(changes => changes).OrderBy(change => change.Revision).Select(change => change.Text).ToArray();
        Assert.All(seen, changes => Assert.Equal(expected, changes.Select(change => $"{change.Revision} {Describe(change)}")));

        // Two keys per revision. A revision between them may be of a key that is not watched, such as that of a lease of before that ends now.
        Assert.All(seen[0].GroupBy(change => change.Revision), revision => Assert.Equal(2, revision.Count()));

        async Task<List<(long Revision, string Text)>> WriteAsync(int writer)
        {
            var changes = new List<(long, string)>();
            for (var i = 0; i < WritesPerWriter; i++)
            {
                var revision = (await ApplyAsync(Put($"{writer}", $"{i}"), Put("all", $"{writer}.{i}"))).Revision;
                changes.Add((revision, $"{revision} {writer}={i}"));
                changes.Add((revision, $"{revision} all={writer}.{i}"));
            }

            return changes;
        }
    }

    [Fact]
    public async Task A_range_read_and_a_watch_from_behind_it_miss_nothing_and_repeat_nothing()
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await PutAsync("x", "0");
        var writer = Task.Run(WriteAsync, Token);

        for (var attempt = 0; attempt < 20; attempt++)
        {
            var read = await Store.RangeAsync(All, 0, 0, Token);
            var change = (await WatchAsync(read.Revision + 1, 1))[0].Changes[0];

            Assert.Equal(Count(Assert.Single(read.Entries)) + 1, Count(change.Entry!));
        }

        await enough.CancelAsync();
        await writer;

        async Task WriteAsync()
        {
            for (var i = 1; !enough.IsCancellationRequested; i++)
            {
                await PutAsync("x", $"{i}");
                await Task.Yield();
            }
        }

        static int Count(MetadataEntry entry) => int.Parse(Text(entry), CultureInfo.InvariantCulture);
    }
}
