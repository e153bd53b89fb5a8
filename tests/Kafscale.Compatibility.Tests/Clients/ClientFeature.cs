namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>What not every client offers. Everything else is asked of all of them.</summary>
internal enum ClientFeature
{
    Gzip,
    Snappy,
    Lz4,
    Zstd,

    /// <summary>Its producer compresses; without this the codecs are those that it reads.</summary>
    ProducerCompression,
    IdempotentProducer,

    /// <summary>It tells a null key or value from an empty one.</summary>
    Nulls,
    Headers,

    /// <summary>Headers may have the same name.</summary>
    RepeatedHeaders,
    NullHeaderValues,
    RecordTimestamps,
    TimestampLookup,
    Groups,
    Transactions,
    CreateTopics,

    /// <summary>It says so where a topic to be created exists already.</summary>
    ExistingTopics,
    CreatePartitions,
    DeleteTopics,
    ListTopics,
    DescribeConfigs,
    AlterConfigs,
    ListGroups,
    DescribeGroups,
    GroupOffsets,
    DeleteGroups,
    ListOffsets,
    DeleteRecords,
}
