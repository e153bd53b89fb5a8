namespace Kafscale.Protocol.Records;

/// <summary>A header of a record (KIP-82) to be written; the key is written as UTF-8.</summary>
public readonly record struct RecordHeader(string Key, byte[]? Value);
