namespace Kafscale.Fuzzing.Targets;

/// <summary>What was read from an input, or written from it, is not what it must be.</summary>
internal sealed class WrongResultException(string message) : Exception(message);
