namespace Kafscale.Metadata.Sqlite;

/// <summary>
/// The file of an embedded metadata store cannot be used: taken, damaged, foreign, newer or not writable. The message names
/// the file and says what to do; the file was not changed.
/// </summary>
public sealed class MetadataFileException(string message, Exception? innerException = null) : IOException(message, innerException);
