using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>The broker that decides who leads what.</summary>
/// <param name="Record">Who it is.</param>
/// <param name="CreateRevision">Of its key: what it was elected with, and fences its decisions with.</param>
internal sealed record ElectedController(ControllerRecord Record, long CreateRevision);
