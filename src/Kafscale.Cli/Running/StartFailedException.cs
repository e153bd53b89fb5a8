namespace Kafscale.Cli.Running;

/// <summary>A start failed for a reason that is outside of the program; the message is all that a person needs.</summary>
internal sealed class StartFailedException(string message, Exception? innerException = null) : Exception(message, innerException);
