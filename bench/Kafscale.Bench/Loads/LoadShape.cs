namespace Kafscale.Bench.Loads;

/// <summary>How a workload is laid on a broker.</summary>
/// <param name="Connections">At least 1.</param>
/// <param name="InFlight">The most requests that a connection has unanswered at a time.</param>
/// <param name="Requests">In all; each connection sends the same number of them.</param>
/// <param name="RequestsPerSecond">
/// Over all connections, at fixed times whether or not earlier requests were answered; 0: as fast as they are answered.
/// </param>
internal sealed record LoadShape(int Connections, int InFlight, int Requests, double RequestsPerSecond = 0);
