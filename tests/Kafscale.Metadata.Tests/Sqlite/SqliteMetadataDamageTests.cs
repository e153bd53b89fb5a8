using Kafscale.Metadata.Sqlite;
using Kafscale.Testing;

namespace Kafscale.Metadata.Tests.Sqlite;

/// <summary>What was acknowledged is there or is missed, whatever happens to the files between two runs.</summary>
public sealed class SqliteMetadataDamageTests : IDisposable
{
    private const int Keys = 50;

    private readonly TemporaryFolder _folder = new();

    private string Database => _folder.File("metadata.db");

    private string Log => Database + "-wal";

    private string Acknowledged => Database + ".acknowledged";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_changed_byte_of_a_database_is_refused_or_changes_nothing()
    {
        await using (var store = Open())
        {
            await WriteAsync(store, 0, Keys);
        }

        var expected = await ReadAsync();
        var (database, acknowledged) = (File.ReadAllBytes(Database), File.ReadAllBytes(Acknowledged));
        var refused = 0;
        for (var position = 0; position < database.Length; position += 41)
        {
            var changed = (byte[])database.Clone();
            changed[position] ^= 0xFF;
            File.WriteAllBytes(Database, changed);
            File.WriteAllBytes(Acknowledged, acknowledged);
            try
            {
                Assert.Equal(expected, await ReadAsync());
            }
            catch (MetadataFileException exception)
            {
                Assert.Contains($"'{Database}'", exception.Message, StringComparison.Ordinal);
                refused++;
            }

            File.Delete(Log);
        }

        // Values are most of what there is.
        Assert.True(refused > database.Length / 41 / 2, $"{refused} of {database.Length / 41} changes were refused.");
    }

    [Theory]
    [InlineData(1.0, null)]
    [InlineData(0.9, null)]
    [InlineData(0.5, null)]
    [InlineData(0.0, null)]
    [InlineData(1.0, 0.0)]
    [InlineData(1.0, 0.3)]
    [InlineData(1.0, 0.7)]
    [InlineData(1.0, 0.999)]
    public async Task A_log_that_is_cut_short_or_damaged_after_a_crash_is_refused_and_left_as_it_is(double kept, double? changed)
    {
        await CrashAsync();
        var log = File.ReadAllBytes(Log)[..(int)(new FileInfo(Log).Length * kept)];
        if (changed is { } share)
        {
            log[(int)(log.Length * share)] ^= 1;
        }

        File.WriteAllBytes(Log, log);
        if (kept == 1 && changed is null)
        {
            Assert.Equal(Keys + 10, (await ReadAsync()).Count);
            return;
        }

        AssertIsRefused("were acknowledged: its log");
        Assert.Equal(log, File.ReadAllBytes(Log));
    }

    [Fact]
    public async Task A_log_that_is_missing_after_a_crash_is_refused()
    {
        await CrashAsync();
        File.Delete(Log);

        AssertIsRefused("were acknowledged: its log");
    }

    [Fact]
    public async Task An_old_copy_is_refused_unless_somebody_says_that_it_is_meant()
    {
        await using (var store = Open())
        {
            await WriteAsync(store, 0, Keys);
        }

        var copy = File.ReadAllBytes(Database);
        await using (var store = Open())
        {
            await WriteAsync(store, Keys, 1);
        }

        File.WriteAllBytes(Database, copy);
        AssertIsRefused("an old copy was put in its place");

        File.Delete(Acknowledged);
        Assert.Equal(Keys, (await ReadAsync()).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(24)]
    public async Task What_cannot_be_read_beside_a_database_says_nothing_about_it(int length)
    {
        await using (var store = Open())
        {
            await WriteAsync(store, 0, Keys);
        }

        File.WriteAllBytes(Acknowledged, Enumerable.Repeat((byte)0xEE, length).ToArray());

        Assert.Equal(Keys, (await ReadAsync()).Count);
        Assert.Equal(Keys, (await ReadAsync()).Count);
    }

    [Fact]
    public async Task A_new_database_in_the_place_of_a_lost_one_is_no_old_copy()
    {
        await using (var store = Open())
        {
            await WriteAsync(store, 0, Keys);
        }

        File.Delete(Database);

        Assert.Empty(await ReadAsync());
        await using (var store = Open())
        {
            await WriteAsync(store, 0, 1);
        }

        Assert.Single(await ReadAsync());
    }

    [Fact]
    public async Task Deletions_and_changes_are_part_of_what_was_acknowledged()
    {
        await using (var store = Open())
        {
            await WriteAsync(store, 0, Keys);
            await store.CommitAsync(
                new() { Then = [new Operation.Put("key-001", new byte[1]), new Operation.Delete(KeyRange.Prefix("key-01")), new Operation.Put("new", new byte[4])] }, default);
            await store.CommitAsync(new() { Then = [new Operation.Put("key-011", new byte[3]), new Operation.Delete(KeyRange.Key("new"))] }, default);
        }

        Assert.Equal(Keys - 9, (await ReadAsync()).Count);
    }

    // Leaves what a process leaves that is killed: some transactions are in the log alone.
    private async Task CrashAsync()
    {
        using var copies = new TemporaryFolder();
        await using (var store = Open())
        {
            await WriteAsync(store, 0, Keys);
        }

        await using (var store = Open())
        {
            await WriteAsync(store, Keys, 10);
            foreach (var file in Directory.EnumerateFiles(_folder.Path))
            {
                File.Copy(file, copies.File(Path.GetFileName(file)));
            }
        }

        foreach (var file in Directory.EnumerateFiles(copies.Path))
        {
            File.Copy(file, _folder.File(Path.GetFileName(file)), overwrite: true);
        }
    }

    private SqliteMetadataStore Open() => SqliteMetadataStore.Open(new(Database), TimeProvider.System);

    private void AssertIsRefused(string message)
    {
        var exception = Assert.Throws<MetadataFileException>(Open);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Contains("kafscale storage rebuild", exception.Message, StringComparison.Ordinal);
    }

    private static async Task WriteAsync(SqliteMetadataStore store, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            await store.CommitAsync(new() { Then = [new Operation.Put($"key-{i:D3}", new byte[500])] }, default);
        }
    }

    private async Task<IReadOnlyList<string>> ReadAsync()
    {
        await using var store = Open();
        var entries = (await store.RangeAsync(KeyRange.Prefix(""), 0, 0, default)).Entries;
        return [.. entries.Select(entry => $"{entry.Key} {entry.CreateRevision} {entry.ModRevision} {entry.LeaseId} {Convert.ToHexString(entry.Value.Span)}")];
    }
}
