using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>A live broker.</summary>
/// <param name="Record">What it said of itself.</param>
/// <param name="Session">The number of its session.</param>
internal sealed record RegisteredBroker(SessionRecord Record, long Session);
