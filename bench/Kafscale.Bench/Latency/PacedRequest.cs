namespace Kafscale.Bench.Latency;

/// <summary>One request of a load that does not wait for answers: when it was due, and how long after that it was answered and read.</summary>
/// <param name="DueAt">When it was to be sent, since the load began.</param>
/// <param name="ProduceMs">From then to its acknowledgement.</param>
/// <param name="TailMs">From then until a consumer at the end of the log had its records.</param>
internal readonly record struct PacedRequest(TimeSpan DueAt, double ProduceMs, double TailMs);
