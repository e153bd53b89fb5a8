namespace Kafscale.Testing;

/// <summary>A request that has come through a <see cref="FaultProxy"/>.</summary>
/// <param name="Operation">What it asked for.</param>
/// <param name="Path">The path, as it was sent.</param>
/// <param name="Fault">What went wrong with it; null: nothing.</param>
public readonly record struct ProxiedRequest(ProxiedOperation Operation, string Path, ProxyFaultKind? Fault);
