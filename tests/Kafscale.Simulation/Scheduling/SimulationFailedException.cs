namespace Kafscale.Simulation.Scheduling;

/// <summary>A simulation cannot go on.</summary>
internal sealed class SimulationFailedException(string message, Exception? innerException = null) : Exception(message, innerException);
