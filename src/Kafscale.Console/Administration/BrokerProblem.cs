namespace Kafscale.Console.Administration;

/// <summary>Why a broker does not do what it is asked over HTTP.</summary>
internal sealed record BrokerProblem(string? Title, string? Detail);
