namespace Kafscale.Protocol;

/// <summary>A message of the Kafka protocol. Its fields, and the versions that have them, are in <c>Definitions/</c>.</summary>
public interface IMessage
{
    /// <summary>
    /// Reads the fields that <paramref name="version"/> has into a message that was newly created or reset: the other fields keep
    /// their defaults. Bytes after the message are left to the caller, who finds them in <see cref="MessageReader.Remaining"/>.
    /// </summary>
    /// <exception cref="MalformedMessageException">The bytes are not a message of this version.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The message has no such version.</exception>
    void Read(ref MessageReader reader, short version);

    /// <summary>The number of bytes that <see cref="Write"/> writes.</summary>
    /// <exception cref="UnsupportedVersionException">A value is set that the version cannot carry.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The message has no such version.</exception>
    int Size(short version);

    /// <summary>Writes the fields that <paramref name="version"/> has.</summary>
    /// <exception cref="UnsupportedVersionException">A value is set that the version cannot carry.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The message has no such version.</exception>
    void Write(ref MessageWriter writer, short version);
}
