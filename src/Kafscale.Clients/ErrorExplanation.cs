using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Clients;

/// <summary>Says what an error of Kafka means, and what to do about it.</summary>
internal static class ErrorExplanation
{
    private const string BrokerPrefix = "Broker: ";
    private const string LocalPrefix = "Local: ";

    /// <summary>One or two sentences.</summary>
    public static string Of(KafkaException exception) => Of(ErrorOf(exception));

    /// <inheritdoc cref="Of(KafkaException)"/>
    public static string Of(Error error)
    {
        var hint = error.Code switch
        {
            ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic => "'kafscale topic list' shows the topics that there are.",
            ErrorCode.Local_UnknownPartition => "'kafscale topic describe' shows the partitions that there are.",
            ErrorCode.GroupIdNotFound => "There is no such group: 'kafscale group list' shows those that there are.",
            ErrorCode.NonEmptyGroup => "It has members: stop them first.",
            ErrorCode.UnknownMemberId => "It has members, and only they may commit offsets: stop them first.",
            ErrorCode.GroupSubscribedToTopic => "Members consume from that topic: stop them first.",
            ErrorCode.TopicAuthorizationFailed or ErrorCode.GroupAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed =>
                "The user may not do that: an administrator has to allow it, or use another user or profile.",
            ErrorCode.SaslAuthenticationFailed or ErrorCode.Local_Authentication => "Check --sasl-mechanism, --sasl-user and the password.",
            ErrorCode.MsgSizeTooLarge => "The topic's max.message.bytes says how large records may be.",
            ErrorCode.UnsupportedVersion or ErrorCode.Local_UnsupportedFeature => "The brokers of this cluster do not know this request.",
            ErrorCode.Local_TimedOut or ErrorCode.RequestTimedOut or ErrorCode.Local_TimedOutQueue or ErrorCode.Local_MsgTimedOut => "--timeout waits longer.",
            _ => null,
        };
        var reason = Sentence(error.Reason);
        return hint is null ? reason : $"{reason} {hint}";
    }

    /// <summary>The error that matters: exceptions about several things have one for each.</summary>
    public static Error ErrorOf(KafkaException exception) => ErrorsOf(exception).FirstOrDefault(error => error.IsError) ?? exception.Error;

    /// <summary>Whether all that is wrong is that partitions are led by somebody else now, or by nobody for a moment.</summary>
    public static bool IsOfMovingLeader(KafkaException exception)
    {
        var errors = ErrorsOf(exception).Where(error => error.IsError && error.Code != ErrorCode.Local_Partial).ToList();
        return errors.Count > 0 && errors.TrueForAll(error => error.Code
            is ErrorCode.NotLeaderForPartition or ErrorCode.LeaderNotAvailable or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch
            or ErrorCode.OffsetNotAvailable);
    }

    private static IEnumerable<Error> ErrorsOf(KafkaException exception) => exception switch
    {
        CreateTopicsException e => e.Results.Select(result => result.Error),
        DeleteTopicsException e => e.Results.Select(result => result.Error),
        CreatePartitionsException e => e.Results.Select(result => result.Error),
        DeleteRecordsException e => e.Results.Select(result => result.Error),
        DescribeTopicsException e => e.Results.TopicDescriptions.Select(topic => topic.Error),
        DescribeConfigsException e => e.Results.Select(result => result.Error),
        IncrementalAlterConfigsException e => e.Results.Select(result => result.Error),
        DeleteGroupsException e => e.Results.Select(result => result.Error),
        DescribeConsumerGroupsException e => e.Results.ConsumerGroupDescriptions.Select(group => group.Error),
        ListConsumerGroupsException e => e.Results.Errors,
        ListConsumerGroupOffsetsException e => e.Results.SelectMany(group => group.Partitions.Select(partition => partition.Error).Prepend(group.Error)),
        AlterConsumerGroupOffsetsException e => e.Results.SelectMany(group => group.Partitions.Select(partition => partition.Error).Prepend(group.Error)),
        DeleteConsumerGroupOffsetsException e => e.Result.Partitions.Select(partition => partition.Error).Prepend(e.Result.Error),
        CreateAclsException e => e.Results.Select(result => result.Error),
        DeleteAclsException e => e.Results.Select(result => result.Error),
        DescribeUserScramCredentialsException e => e.Results.UserScramCredentialsDescriptions.Select(user => user.Error),
        ListOffsetsException e => e.Result.ResultInfos.Select(result => result.TopicPartitionOffsetError.Error).Prepend(e.Result.Error),
        _ => [exception.Error],
    };

    private static string Sentence(string reason)
    {
        var text = reason.StartsWith(BrokerPrefix, StringComparison.Ordinal) ? reason[BrokerPrefix.Length..]
            : reason.StartsWith(LocalPrefix, StringComparison.Ordinal) ? reason[LocalPrefix.Length..]
            : reason;
        return text.EndsWith('.') ? text : text + ".";
    }
}
