namespace Kafscale.Simulation.History;

/// <summary>What tells a record from all others of a simulation: who has sent it, and its number in that producer's order for the partition.</summary>
internal readonly record struct RecordId(int Producer, int Number)
{
    public override string ToString() => $"{Producer}:{Number}";
}
