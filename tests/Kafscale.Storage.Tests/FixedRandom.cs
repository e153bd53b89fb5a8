namespace Kafscale.Storage.Tests;

/// <summary>Always the same number, from 0 to below 1: the shortest or about the longest wait of a jitter.</summary>
internal sealed class FixedRandom(double value) : Random
{
    public override double NextDouble() => value;
}
