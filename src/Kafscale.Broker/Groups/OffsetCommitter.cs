namespace Kafscale.Broker.Groups;

/// <summary>Who commits offsets, as the request says.</summary>
/// <param name="MemberId">Empty where the client is no member.</param>
/// <param name="InstanceId">Of a static member.</param>
/// <param name="Generation">Or the member's epoch; negative where the client is no member.</param>
/// <param name="KnowsMemberEpochs">The request's version is one that members of the consumer protocol may use.</param>
internal readonly record struct OffsetCommitter(string MemberId, string? InstanceId, int Generation, bool KnowsMemberEpochs = true)
{
    /// <summary>A tool, or a consumer that assigns itself.</summary>
    public static OffsetCommitter NoMember { get; } = new("", null, -1);
}
