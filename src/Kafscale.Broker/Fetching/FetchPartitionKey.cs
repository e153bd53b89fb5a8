namespace Kafscale.Broker.Fetching;

/// <summary>A partition as a fetch names it: by topic name up to version 12, by topic id from 13 on.</summary>
internal readonly record struct FetchPartitionKey(string Topic, Guid TopicId, int Partition);
