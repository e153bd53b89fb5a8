namespace Kafscale.Clients;

/// <summary>A command cannot do what it was told; the message says why, and what to do.</summary>
internal sealed class CommandFailedException(string message) : Exception(message);
