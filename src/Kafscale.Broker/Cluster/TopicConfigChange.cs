namespace Kafscale.Broker.Cluster;

/// <summary>A change of one configuration of a topic.</summary>
/// <param name="Name">Which configuration.</param>
/// <param name="Operation">What to do; checked by the receiver.</param>
/// <param name="Value">The value, as the client gave it.</param>
internal readonly record struct TopicConfigChange(string Name, TopicConfigOperation Operation, string? Value);
