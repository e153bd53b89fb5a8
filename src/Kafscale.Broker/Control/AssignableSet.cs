namespace Kafscale.Broker.Control;

/// <summary>What is spread over the brokers together: the partitions of one topic, or the shards of a coordinator.</summary>
/// <param name="Leaders">Broker ids by number; whoever is not among the assignable brokers counts as nobody.</param>
/// <param name="Loads">Bytes per second by number, or empty where they are not known.</param>
internal sealed record AssignableSet(IReadOnlyList<int> Leaders, IReadOnlyList<long> Loads)
{
    public long LoadOf(int number) => number < Loads.Count ? Loads[number] : 0;
}
