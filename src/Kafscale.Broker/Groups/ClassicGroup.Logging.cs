using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <content>What an operator wants to know of a group's life.</content>
internal sealed partial class ClassicGroup
{
    [LoggerMessage(1401, LogLevel.Information, "Group {GroupId} prepares to rebalance; it was {State} in generation {Generation}: {Reason}.")]
    private partial void LogPreparingRebalance(string groupId, ClassicGroupState state, int generation, string reason);

    [LoggerMessage(1402, LogLevel.Information, "Group {GroupId} begins generation {Generation} with {MemberCount} members and protocol {ProtocolName}.")]
    private partial void LogNewGeneration(string groupId, int generation, int memberCount, string? protocolName);

    [LoggerMessage(1403, LogLevel.Information, "Group {GroupId} is stable in generation {Generation} with {MemberCount} members.")]
    private partial void LogStable(string groupId, int generation, int memberCount);

    [LoggerMessage(1404, LogLevel.Information, "Group {GroupId} is empty in generation {Generation}.")]
    private partial void LogEmpty(string groupId, int generation);

    [LoggerMessage(1405, LogLevel.Information, "Group {GroupId} lost member {MemberId}: {Reason}.")]
    private partial void LogMemberRemoved(string groupId, string memberId, string reason);
}
