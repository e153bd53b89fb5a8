namespace Kafscale.Broker.Cluster;

/// <summary>What became of a topic that was to be created.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Error">Why it was not.</param>
/// <param name="Id">Its id; empty where it was only checked.</param>
/// <param name="PartitionCount">Its partitions.</param>
/// <param name="Configs">What is set on it.</param>
internal sealed record CreatedTopic(
    string Name, ApiError Error, Guid Id, int PartitionCount, IReadOnlyDictionary<string, string> Configs)
{
    public static CreatedTopic Failed(string name, ApiError error) => new(name, error, Guid.Empty, -1, new Dictionary<string, string>());
}
