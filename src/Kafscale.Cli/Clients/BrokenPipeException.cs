namespace Kafscale.Cli.Clients;

/// <summary>Nobody reads the output any more.</summary>
internal sealed class BrokenPipeException(IOException inner) : Exception(inner.Message, inner);
