using Confluent.Kafka;

namespace Kafscale.Cli.Commands.Groups;

/// <summary>How types and states of groups are written.</summary>
internal static class GroupText
{
    public static string Of(ConsumerGroupType type) => type switch
    {
        ConsumerGroupType.Classic => "classic",
        ConsumerGroupType.Consumer => "consumer",
        _ => "",
    };

    public static string Of(ConsumerGroupState state) => state.ToString();
}
