namespace Kafscale.Cli.Running.Administration;

/// <summary>What waits to be committed after a flush: what came meanwhile.</summary>
internal sealed record FlushAnswer(long AppendBytes);
