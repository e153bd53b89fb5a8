namespace Kafscale.Broker.Tests;

/// <summary>Tests that measure the process, and so must run while no other test does.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
