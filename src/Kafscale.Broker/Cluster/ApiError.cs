using Kafscale.Protocol;

namespace Kafscale.Broker.Cluster;

/// <summary>What a client is told of one thing that it asked for.</summary>
/// <param name="Code">Kafka's code; <see cref="ErrorCode.None"/> where it was done.</param>
/// <param name="Message">For a person; <see langword="null"/> where the code says it all.</param>
internal readonly record struct ApiError(ErrorCode Code, string? Message = null)
{
    public static readonly ApiError None = new(ErrorCode.None);

    public bool IsNone => Code == ErrorCode.None;

    public static ApiError UnknownTopic(string name) =>
        new(ErrorCode.UnknownTopicOrPartition, $"The topic '{name}' does not exist.");

    public static ApiError TopicExists(string name) => new(ErrorCode.TopicAlreadyExists, $"Topic '{name}' already exists.");

    /// <summary>
    /// The metadata store did not answer in time. Clients try again or tell their user, who learns that it may have been done.
    /// </summary>
    /// <param name="owner">What was to be changed, for a person.</param>
    public static ApiError MetadataTimeout(string owner) => new(
        ErrorCode.RequestTimedOut,
        $"The metadata store did not confirm the change of {owner} in time; it may or may not have taken effect.");
}
