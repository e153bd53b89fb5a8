namespace Kafscale.Cli.Benchmarks;

/// <summary>What a benchmark does.</summary>
/// <param name="Partitions">Of its own topic.</param>
/// <param name="Payload">The value of every record.</param>
/// <param name="Duration">How long it measures at most.</param>
/// <param name="Count">How many records it measures at most.</param>
internal sealed record BenchPlan(int Partitions, byte[] Payload, TimeSpan Duration, long Count);
