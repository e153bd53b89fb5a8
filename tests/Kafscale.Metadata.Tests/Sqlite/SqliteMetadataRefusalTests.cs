using System.Text;
using Kafscale.Metadata.Sqlite;
using Kafscale.Testing;
using Microsoft.Data.Sqlite;

namespace Kafscale.Metadata.Tests.Sqlite;

public sealed class SqliteMetadataRefusalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Database => _folder.File("metadata.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_missing_folder_is_created_and_the_file_is_for_its_owner_only()
    {
        var file = _folder.File("new/deep/metadata.db");

        await using (Open(file))
        {
        }

        Assert.True(File.Exists(file));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }
    }

    [Fact]
    public void A_path_that_leads_through_a_file_is_refused()
    {
        File.WriteAllText(_folder.File("file"), "");

        AssertRefused(_folder.File("file/metadata.db"), "cannot be opened for writing");
    }

    [Fact]
    public void A_path_that_is_a_folder_is_refused()
    {
        Directory.CreateDirectory(Database);

        AssertRefused(Database, "cannot be opened for writing");
    }

    [Fact]
    public async Task A_read_only_file_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Needs a user whom permissions stop.");
        await CreateAsync();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Database, UnixFileMode.UserRead);
        }

        AssertRefused(Database, "cannot be opened for writing");
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_not_touched()
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("somebody's notes\n", 1_000)));
        File.WriteAllBytes(Database, content);

        AssertRefused(Database, "damaged or is no such database");

        Assert.Equal(content, File.ReadAllBytes(Database));
    }

    [Fact]
    public void A_database_of_another_program_is_refused_and_not_touched()
    {
        Execute("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
        var content = File.ReadAllBytes(Database);

        AssertRefused(Database, "database of another program");

        Assert.Equal(content, File.ReadAllBytes(Database));
    }

    [Fact]
    public async Task A_database_of_a_later_version_is_refused_and_not_touched()
    {
        await CreateAsync();
        Execute("PRAGMA user_version = 2");
        var content = File.ReadAllBytes(Database);

        AssertRefused(Database, "written by a later version");

        Assert.Equal(content, File.ReadAllBytes(Database));
    }

    [Fact]
    public async Task An_empty_file_becomes_a_database()
    {
        File.WriteAllBytes(Database, []);

        await using var store = Open(Database);

        Assert.Equal(1, (await store.RangeAsync(KeyRange.Prefix(""), 0, 0, default)).Revision);
    }

    [Theory]
    [InlineData("DELETE FROM store", "has no revision")]
    [InlineData("UPDATE store SET revision = 0", "has no revision")]
    [InlineData("UPDATE store SET revision = 5", "the store has 5")]
    [InlineData("DELETE FROM entries WHERE key = (SELECT max(key) FROM entries)", "keys where there should be")]
    [InlineData("UPDATE entries SET create_revision = mod_revision + 1", "has revisions")]
    [InlineData("UPDATE entries SET key = x'ff'  WHERE key = (SELECT max(key) FROM entries)", "damaged")]
    [InlineData("DROP TABLE entries", "damaged")]
    public async Task A_database_that_does_not_hold_together_is_refused(string damage, string message)
    {
        await CreateAsync();
        Execute(damage);

        AssertRefused(Database, message);
    }

    [Fact]
    public async Task A_database_with_a_damaged_page_is_refused()
    {
        await CreateAsync();
        var pages = File.ReadAllBytes(Database);
        for (var page = 2; page * 4_096 < pages.Length; page++)
        {
            var damaged = (byte[])pages.Clone();
            damaged.AsSpan(page * 4_096, 64).Fill(0xff);
            File.WriteAllBytes(Database, damaged);

            AssertRefused(Database, "damaged");
            Assert.Equal(damaged, File.ReadAllBytes(Database));
        }
    }

    [Fact]
    public async Task A_database_that_was_cut_short_is_refused()
    {
        await CreateAsync();
        using (var file = File.OpenWrite(Database))
        {
            file.SetLength(file.Length / 8_192 * 4_096);
        }

        AssertRefused(Database, "damaged");
    }

    [Theory]
    [InlineData(0, 65_536, 1)]
    [InlineData(1, 65_535, 1)]
    [InlineData(1, 65_536, 0)]
    public void Options_out_of_bounds_are_refused(int revisions, long bytes, int queued) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SqliteMetadataStore.Open(
            new(Database) { RevisionsKept = revisions, MaximumBytes = bytes, QueuedTransactions = queued }, TimeProvider.System));

    private static SqliteMetadataStore Open(string path) => SqliteMetadataStore.Open(new(path), TimeProvider.System);

    private static void AssertRefused(string path, string message)
    {
        var exception = Assert.Throws<MetadataFileException>(() => Open(path));
        Assert.Contains($"'{path}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    private async Task CreateAsync()
    {
        await using var store = Open(Database);
        for (var i = 0; i < 50; i++)
        {
            await store.CommitAsync(new() { Then = [new Operation.Put($"key-{i:D3}", new byte[500])] }, default);
        }
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
