namespace Kafscale.Broker.Cluster;

/// <summary>One of the places where a configuration's value may come from.</summary>
/// <param name="Name">The configuration's name there.</param>
/// <param name="Value">The value that it has there.</param>
/// <param name="Source">The place.</param>
internal readonly record struct ConfigSynonym(string Name, string? Value, ConfigSource Source);
