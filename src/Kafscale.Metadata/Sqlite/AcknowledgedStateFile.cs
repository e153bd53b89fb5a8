using System.Buffers.Binary;
using Kafscale.Protocol.Records;
using Microsoft.Win32.SafeHandles;

namespace Kafscale.Metadata.Sqlite;

/// <summary>
/// A small file beside a database that keeps its <see cref="AcknowledgedState"/>. SQLite takes a log that is damaged, cut short or missing for one
/// that ends there, and a changed value for what it is; this file knows better.
/// </summary>
/// <remarks>
/// It is written after the database's flush and not flushed itself: after a power failure it may be behind the database, which says nothing, but
/// never ahead of it.
/// </remarks>
internal sealed class AcknowledgedStateFile : IDisposable
{
    private const uint Magic = 0x4B41_4652;
    private const int Length = 4 + 8 + 8 + 4;

    private readonly SafeFileHandle _file;
    private readonly byte[] _buffer = new byte[Length];

    private AcknowledgedStateFile(SafeFileHandle file) => _file = file;

    /// <summary>Where the file of a database is.</summary>
    public static string PathOf(string databasePath) => databasePath + ".acknowledged";

    /// <summary>Opens or creates the file of a database.</summary>
    public static AcknowledgedStateFile Open(string databasePath)
    {
        var path = PathOf(databasePath);
        var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return new(file);
    }

    /// <summary>The state that was written last; null where there is none, or none that can be read.</summary>
    public AcknowledgedState? Read()
    {
        var bytes = _buffer.AsSpan();
        if (RandomAccess.Read(_file, bytes, 0) != Length
            || BinaryPrimitives.ReadUInt32BigEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]) != Crc32C.Compute(bytes[..20]))
        {
            return null;
        }

        return new(BinaryPrimitives.ReadInt64BigEndian(bytes[4..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[12..]));
    }

    /// <summary>Writes the state of a database that is on its disk.</summary>
    public void Write(AcknowledgedState state)
    {
        var bytes = _buffer.AsSpan();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Magic);
        BinaryPrimitives.WriteInt64BigEndian(bytes[4..], state.Revision);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[12..], state.Checksum);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[20..], Crc32C.Compute(bytes[..20]));
        try
        {
            RandomAccess.Write(_file, bytes, 0);
        }
        catch (IOException)
        {
            // What was acknowledged is on the disk; what is missing is a check of the next opening.
        }
    }

    public void Dispose() => _file.Dispose();
}
