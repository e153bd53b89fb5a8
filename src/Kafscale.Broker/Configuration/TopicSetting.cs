namespace Kafscale.Broker.Configuration;

/// <summary>One of Kafka's topic configurations.</summary>
/// <param name="Name">Its name, such as <c>retention.ms</c>.</param>
/// <param name="Default">The value of a topic that does not set it, of a broker that does not set another one.</param>
/// <param name="Description">What it does.</param>
public sealed record TopicSetting(string Name, string Default, string Description);
