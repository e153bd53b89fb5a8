namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>What not every client offers. Everything else is asked of all of them.</summary>
internal enum ClientFeature
{
    Gzip,
    Snappy,
    Lz4,
    Zstd,
    IdempotentProducer,
    NullHeaderValues,
    RecordTimestamps,
    Transactions,
    CreateTopics,
    CreatePartitions,
    DescribeConfigs,
    AlterConfigs,
    ListGroups,
    DescribeGroups,
    GroupOffsets,
    DeleteGroups,
    ListOffsets,
    DeleteRecords,
}
