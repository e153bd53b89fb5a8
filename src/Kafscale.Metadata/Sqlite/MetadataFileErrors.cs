using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Kafscale.Metadata.Sqlite;

/// <summary>Tells a person what is wrong with a database file, and what to do.</summary>
internal static class MetadataFileErrors
{
    /// <summary>A file that SQLite can read but that does not hold together.</summary>
    public static MetadataFileException Damaged(string path, string how, Exception? innerException = null) => new(
        $"The metadata database '{path}' is damaged or is no such database ({how}). It was left as it is: restore a backup, or move it "
        + "away to start with an empty cluster.",
        innerException);

    /// <summary>A database from which acknowledged changes are missing.</summary>
    public static MetadataFileException Behind(string path, long revision, long acknowledged) => new(
        $"The metadata database '{path}' is at revision {revision}, but changes up to revision {acknowledged} were acknowledged: its log '{path}-wal' was lost, "
        + "cut short or damaged, or an old copy was put in its place. It was left as it is: put back the newest copy of both files, or make the metadata "
        + $"anew with 'kafscale storage rebuild'. Who goes back on purpose removes '{AcknowledgedStateFile.PathOf(path)}'.");

    /// <summary>What an exception while a file was opened or read means.</summary>
    public static MetadataFileException AtOpening(string path, Exception exception) => exception switch
    {
        MetadataFileException clear => clear,
        SqliteException { SqliteErrorCode: raw.SQLITE_BUSY or raw.SQLITE_LOCKED } => new(
            $"The metadata database '{path}' is in use by another process. It belongs to exactly one broker: stop the other one, or "
            + "give this one a folder of its own.",
            exception),
        SqliteException { SqliteErrorCode: raw.SQLITE_NOTADB or raw.SQLITE_CORRUPT or raw.SQLITE_ERROR } =>
            Damaged(path, exception.Message, exception),
        DecoderFallbackException => Damaged(path, exception.Message, exception),
        SqliteException { SqliteErrorCode: raw.SQLITE_FULL } => new(
            $"The metadata database '{path}' is full: free space on its disk, or raise its maximum size.", exception),
        _ => new(
            $"The metadata database '{path}' cannot be opened for writing ({exception.Message}). Check that the path is right and that "
            + "this user may write to the file and its folder.",
            exception),
    };
}
