using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Kafscale.Metadata.Sqlite;

/// <summary>What a metadata database looks like, how one is recognised, made, and set up for durable commits.</summary>
internal static class MetadataSchema
{
    // "KAFM": tells our databases from those of other programs.
    private const long ApplicationId = 0x4B41_464D;

    private const long Version = 1;

    /// <summary>Checks that a file is one of ours, before anything in it is changed, or makes an empty one ours.</summary>
    /// <exception cref="MetadataFileException">It is another program's, or a later version's.</exception>
    public static void Prepare(SqliteConnection connection, string path, long maximumBytes)
    {
        // Before the first access: with the lock held for good, SQLite needs no shared memory file next to the database.
        Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");

        var applicationId = Read(connection, "PRAGMA application_id");
        var version = Read(connection, "PRAGMA user_version");
        var isEmpty = applicationId == 0 && version == 0 && Read(connection, "SELECT count(*) FROM sqlite_schema") == 0;
        if (!isEmpty && applicationId != ApplicationId)
        {
            throw new MetadataFileException(
                $"'{path}' is a database of another program (application id {applicationId}). Name another file.");
        }

        if (version > Version)
        {
            throw new MetadataFileException(
                $"The metadata database '{path}' was written by a later version of Kafscale (schema {version}, this one knows up to "
                + $"{Version}). Start that version, or go back to a backup from before the upgrade.");
        }

        // FULL: a commit returns when the log is on the disk, so that it survives a power failure too.
        Execute(connection, "PRAGMA journal_mode = WAL");
        // (On macOS that takes a flush of its own kind; elsewhere the second setting does nothing.)
        Execute(connection, "PRAGMA synchronous = FULL");
        Execute(connection, "PRAGMA fullfsync = ON");
        Execute(connection, "PRAGMA journal_size_limit = 16777216");
        Execute(connection, "PRAGMA cell_size_check = ON");
        var pages = Math.Max(1, maximumBytes / Read(connection, "PRAGMA page_size"));
        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA max_page_count = {pages}"));

        if (isEmpty)
        {
            Create(connection);
        }
        else
        {
            // Takes the lock now rather than at the first commit.
            Execute(connection, "BEGIN EXCLUSIVE; COMMIT");
        }
    }

    private static void Create(SqliteConnection connection) => Execute(
        connection,
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            BEGIN EXCLUSIVE;
            CREATE TABLE store (revision INTEGER NOT NULL, keys INTEGER NOT NULL) STRICT;
            INSERT INTO store VALUES (1, 0);
            CREATE TABLE entries (
                key BLOB NOT NULL PRIMARY KEY,
                value BLOB NOT NULL,
                create_revision INTEGER NOT NULL,
                mod_revision INTEGER NOT NULL,
                lease_id INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            PRAGMA application_id = {ApplicationId};
            PRAGMA user_version = {Version};
            COMMIT;
            """));

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Read(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}
