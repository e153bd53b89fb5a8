namespace Kafscale.Cli.Running.Administration;

/// <summary>Whether the broker hands over what it leads, and how much that is still.</summary>
internal sealed record DrainAnswer(bool IsDraining, int PartitionsLed, int GroupShardsLed);
