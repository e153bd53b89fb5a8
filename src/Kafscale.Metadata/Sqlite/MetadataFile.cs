using System.Runtime.InteropServices;
using System.Text;
using Kafscale.Metadata.Revisions;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Kafscale.Metadata.Sqlite;

/// <summary>
/// The database file: the newest value of every key, and the revision. Used by one thread at a time; locked against every
/// other process, and every other store of this one, for as long as it is open.
/// </summary>
internal sealed class MetadataFile : IDisposable
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly string _path;
    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _rollback;
    private readonly SqliteCommand _put;
    private readonly SqliteCommand _delete;
    private readonly SqliteCommand _setRevision;
    private readonly AcknowledgedStateFile _acknowledgedFile;

    // What is in the database.
    private KeySpace _written = KeySpace.Empty;
    private AcknowledgedState _acknowledged;

    private MetadataFile(string path, SqliteConnection connection, AcknowledgedStateFile acknowledgedFile)
    {
        _path = path;
        _connection = connection;
        _acknowledgedFile = acknowledgedFile;
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
        _put = Prepare(
            """
            INSERT INTO entries (key, value, create_revision, mod_revision, lease_id) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (key) DO UPDATE
            SET value = $2, create_revision = $3, mod_revision = $4, lease_id = $5
            """,
            SqliteType.Blob,
            SqliteType.Blob,
            SqliteType.Integer,
            SqliteType.Integer,
            SqliteType.Integer);
        _delete = Prepare("DELETE FROM entries WHERE key = $1", SqliteType.Blob);
        _setRevision = Prepare("UPDATE store SET revision = $1, keys = $2", SqliteType.Integer, SqliteType.Integer);
    }

    /// <summary>Why nothing can be written any more, until the file is opened anew; <see langword="null"/> while it can.</summary>
    public string? BrokenBecause { get; private set; }

    /// <summary>Opens or creates a file, and locks it.</summary>
    /// <exception cref="MetadataFileException">It cannot be used.</exception>
    public static MetadataFile Open(SqliteMetadataOptions options)
    {
        var path = Path.GetFullPath(options.Path);
        SqliteConnection? connection = null;
        try
        {
            CreateForOwnerOnly(path);
            connection = new(new SqliteConnectionStringBuilder
            {
                DataSource = path,
                Mode = SqliteOpenMode.ReadWrite,
                Pooling = false,

                // Seconds to wait for a lock: a predecessor that was just killed may hold it for a moment.
                DefaultTimeout = 1,
            }.ConnectionString);
            connection.Open();

            // Until all of it is known to be right: the log of a database that is refused stays as it is.
            KeepLogOnClose(connection, true);
            MetadataSchema.Prepare(connection, path, options.MaximumBytes);
            return new(path, connection, AcknowledgedStateFile.Open(path));
        }
        catch (Exception exception)
        {
            connection?.Dispose();
            throw MetadataFileErrors.AtOpening(path, exception);
        }
    }

    /// <summary>Reads everything.</summary>
    /// <exception cref="MetadataFileException">It is damaged.</exception>
    public KeySpace Load()
    {
        try
        {
            var (revision, keys) = LoadRevision();
            var entries = LoadEntries(revision, keys);
            _written = entries.Count == keys
                ? KeySpace.Create(revision, entries)
                : throw MetadataFileErrors.Damaged(_path, $"it holds {entries.Count} keys where there should be {keys}");
            _acknowledged = AcknowledgedState.Of(_written);
            CheckAcknowledged();
            KeepLogOnClose(_connection, false);
            _acknowledgedFile.Write(_acknowledged);
            return _written;
        }
        catch (Exception exception) when (exception is SqliteException or DecoderFallbackException)
        {
            throw MetadataFileErrors.AtOpening(_path, exception);
        }
    }

    /// <summary>Writes steps that follow on what was written before, all or none, and flushes them to the disk.</summary>
    /// <exception cref="MetadataUnavailableException">
    /// They could not be written. Nothing was, unless <see cref="BrokenBecause"/> is set, which leaves it open.
    /// </exception>
    public void Write(ReadOnlySpan<KeySpaceStep> steps)
    {
        if (BrokenBecause is not null)
        {
            throw new MetadataUnavailableException(BrokenBecause);
        }

        var committing = false;
        try
        {
            _begin.ExecuteNonQuery();
            foreach (var step in steps)
            {
                foreach (var change in step.Changes)
                {
                    Write(change);
                }
            }

            var newest = steps[^1].Next;
            _setRevision.Parameters[0].Value = newest.Revision;
            _setRevision.Parameters[1].Value = newest.Entries.Count;
            _setRevision.ExecuteNonQuery();
            committing = true;
            _commit.ExecuteNonQuery();
        }
        catch (SqliteException exception)
        {
            throw AfterFailure(committing, exception);
        }

        foreach (var step in steps)
        {
            _acknowledged = _acknowledged.After(_written, step);
            _written = step.Next;
        }

        _acknowledgedFile.Write(_acknowledged);
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[_begin, _commit, _rollback, _put, _delete, _setRevision])
        {
            command.Dispose();
        }

        _connection.Dispose();
        _acknowledgedFile.Dispose();
    }

    private void CheckAcknowledged()
    {
        // A new database in the place of a lost one has nothing to do with it.
        if (_acknowledged == AcknowledgedState.Of(KeySpace.Empty) || _acknowledgedFile.Read() is not { } before)
        {
            return;
        }

        if (before.Revision > _acknowledged.Revision)
        {
            throw MetadataFileErrors.Behind(_path, _acknowledged.Revision, before.Revision);
        }

        if (before.Revision == _acknowledged.Revision && before != _acknowledged)
        {
            throw MetadataFileErrors.Damaged(_path, $"it does not hold what was written to it at revision {before.Revision}");
        }
    }

    private static void KeepLogOnClose(SqliteConnection connection, bool keeps) =>
        SqliteException.ThrowExceptionForRC(
            raw.sqlite3_db_config(connection.Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keeps ? 1 : 0, out _), connection.Handle);

    private static void CreateForOwnerOnly(string path)
    {
        // Only where it is missing: closing any handle of a file drops the locks that this process has on it.
        if (File.Exists(path))
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(path, options).Dispose();
    }

    private void Write(MetadataChange change)
    {
        var key = Encoding.UTF8.GetBytes(change.Key);
        if (change.Entry is not { } entry)
        {
            _delete.Parameters[0].Value = key;
            _delete.ExecuteNonQuery();
            return;
        }

        _put.Parameters[0].Value = key;
        _put.Parameters[1].Value = ToArray(entry.Value);
        _put.Parameters[2].Value = entry.CreateRevision;
        _put.Parameters[3].Value = entry.ModRevision;
        _put.Parameters[4].Value = entry.LeaseId;
        _put.ExecuteNonQuery();
    }

    private static byte[] ToArray(ReadOnlyMemory<byte> value) =>
        MemoryMarshal.TryGetArray(value, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : value.ToArray();

    private MetadataUnavailableException AfterFailure(bool committing, SqliteException exception)
    {
        var isFull = exception.SqliteErrorCode == raw.SQLITE_FULL;
        var rolledBack = TryRollBack();
        if (rolledBack && (!committing || isFull))
        {
            return new(
                isFull
                    ? $"The metadata database '{_path}' is full: free space on its disk, or raise its maximum size. Nothing was changed."
                    : $"The metadata database '{_path}' could not be written ({exception.Message}). Nothing was changed.",
                exception);
        }

        // The log may hold the whole transaction or not; only reading it again can tell. Nothing may build on either guess.
        BrokenBecause = $"The metadata database '{_path}' could not be flushed to its disk ({exception.Message}): "
            + "whether the last transactions took effect shows when the broker is started again.";
        return new(BrokenBecause, exception);
    }

    private bool TryRollBack()
    {
        try
        {
            // After some errors SQLite has rolled back by itself.
            if (raw.sqlite3_get_autocommit(_connection.Handle) == 0)
            {
                _rollback.ExecuteNonQuery();
            }

            return true;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    // Below the level of commands and readers, which take three times as long for the same rows.
    private List<MetadataEntry> LoadEntries(long revision, int keys)
    {
        var entries = new List<MetadataEntry>(keys);
        Check(raw.sqlite3_prepare_v2(
            _connection.Handle, "SELECT key, value, create_revision, mod_revision, lease_id FROM entries ORDER BY key", out var select));
        using (select)
        {
            int result;
            while ((result = raw.sqlite3_step(select)) == raw.SQLITE_ROW)
            {
                var entry = new MetadataEntry(
                    StrictUtf8.GetString(raw.sqlite3_column_blob(select, 0)),
                    raw.sqlite3_column_blob(select, 1).ToArray(),
                    raw.sqlite3_column_int64(select, 2),
                    raw.sqlite3_column_int64(select, 3),
                    raw.sqlite3_column_int64(select, 4));
                if (entry.CreateRevision < 2 || entry.ModRevision < entry.CreateRevision || entry.ModRevision > revision)
                {
                    throw MetadataFileErrors.Damaged(
                        _path, $"the key '{entry.Key}' has revisions {entry.CreateRevision} and {entry.ModRevision}, the store has {revision}");
                }

                entries.Add(entry);
            }

            Check(result);
        }

        return entries;
    }

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _connection.Handle);

    private (long Revision, int Keys) LoadRevision()
    {
        using var select = _connection.CreateCommand();
        select.CommandText = "SELECT revision, keys FROM store";
        using var reader = select.ExecuteReader();
        return reader.Read() && reader.GetInt64(0) >= 1 && reader.GetInt64(1) is >= 0 and <= int.MaxValue
            ? (reader.GetInt64(0), reader.GetInt32(1))
            : throw MetadataFileErrors.Damaged(_path, "it has no revision");
    }

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<SqliteType> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters.Add($"${i + 1}", parameters[i]);
        }

        command.Prepare();
        return command;
    }
}
