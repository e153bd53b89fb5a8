namespace Kafscale.Simulation.History;

/// <summary>A client was answered what it must not be in that place.</summary>
internal sealed record UnexpectedAnswer(string Client, string Answer);
