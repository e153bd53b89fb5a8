namespace Kafscale.Bench.Suite;

/// <summary>A broker that is measured.</summary>
/// <param name="Name">Of its revision.</param>
/// <param name="Executable">Built as it is released.</param>
internal sealed record BrokerBuild(string Name, string Executable);
