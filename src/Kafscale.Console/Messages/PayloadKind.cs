namespace Kafscale.Console.Messages;

/// <summary>What bytes seem to be.</summary>
public enum PayloadKind
{
    /// <summary>There are none: a record without a key, or a tombstone.</summary>
    Null,

    /// <summary>There are none, but that is meant.</summary>
    Empty,

    Json,

    Text,

    /// <summary>Compressed by the producer itself, with gzip or zlib.</summary>
    Compressed,

    Binary,
}
