namespace Kafscale.Compatibility.Tests;

/// <summary>Tests that measure time or memory, and run when no other test does.</summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
