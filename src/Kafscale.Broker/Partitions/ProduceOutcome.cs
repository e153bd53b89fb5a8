using Kafscale.Protocol;

namespace Kafscale.Broker.Partitions;

/// <summary>What became of the records of one partition in a Produce request.</summary>
/// <param name="Append">The append.</param>
/// <param name="Message">What is wrong, for a person, or <see langword="null"/>.</param>
/// <param name="LogAppendTimeMs">The time that the records carry now, or -1 where they keep the producer's.</param>
internal readonly record struct ProduceOutcome(AppendResult Append, string? Message, long LogAppendTimeMs)
{
    public static ProduceOutcome Failed(ErrorCode error, string? message = null) => new(AppendResult.Failed(error), message, -1);
}
