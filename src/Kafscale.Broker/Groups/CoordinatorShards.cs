namespace Kafscale.Broker.Groups;

/// <summary>What groups are spread over: each shard is coordinated by one broker at a time.</summary>
internal static class CoordinatorShards
{
    public const int Count = 50;
}
