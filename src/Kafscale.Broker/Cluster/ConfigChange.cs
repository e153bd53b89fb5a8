namespace Kafscale.Broker.Cluster;

/// <summary>A change of one configuration.</summary>
/// <param name="Name">Which configuration.</param>
/// <param name="Operation">What to do; checked by the receiver.</param>
/// <param name="Value">The value, as the client gave it.</param>
internal readonly record struct ConfigChange(string Name, ConfigOperation Operation, string? Value);
