namespace Kafscale.Simulation.History;

/// <summary>A partition of a topic; a topic that is created again under its name is another one.</summary>
internal readonly record struct LogKey(Guid TopicId, int Partition)
{
    public override string ToString() => $"{TopicId:N}/{Partition}";
}
