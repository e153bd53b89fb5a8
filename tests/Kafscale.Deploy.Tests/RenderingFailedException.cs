namespace Kafscale.Deploy.Tests;

/// <summary>A template has failed; the message is what Helm would print.</summary>
internal sealed class RenderingFailedException(string message) : Exception(message);
