using Kafscale.Metadata;

namespace Kafscale.Broker.Cluster;

/// <summary>What is to become of a topic as it is now.</summary>
/// <param name="Error">Why nothing is to be written; none where it is as wanted already.</param>
/// <param name="Operations">What is to be written, provided that the topic has not changed; empty: nothing.</param>
internal readonly record struct TopicChange(ApiError Error, IReadOnlyList<Operation> Operations)
{
    public static readonly TopicChange Nothing = new(ApiError.None, []);

    public static TopicChange Refuse(ApiError error) => new(error, []);

    public static TopicChange Write(params Operation[] operations) => new(ApiError.None, operations);
}
