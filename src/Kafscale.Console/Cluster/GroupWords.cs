using Confluent.Kafka;

namespace Kafscale.Console.Cluster;

/// <summary>States and types of groups as Kafka's own tools write them.</summary>
internal static class GroupWords
{
    public static string Of(ConsumerGroupState state) => state switch
    {
        ConsumerGroupState.PreparingRebalance => "preparing rebalance",
        ConsumerGroupState.CompletingRebalance => "completing rebalance",
        _ => state.ToString().ToLowerInvariant(),
    };

    public static string Of(ConsumerGroupType type) => type.ToString().ToLowerInvariant();
}
