using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Support;

/// <summary>A partition of a fetch response, copied.</summary>
internal sealed record FetchedPartition(
    string Topic, int Partition, ErrorCode Error, long HighWatermark, long LogStartOffset, int Length, List<StoredRecord> Records, int PreferredReadReplica);
