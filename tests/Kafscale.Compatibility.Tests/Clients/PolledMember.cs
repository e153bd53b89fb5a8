using Confluent.Kafka;

namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>A member of a group that reads when the test polls it, and keeps note of what it is given and what is taken.</summary>
internal sealed class PolledMember : IDisposable
{
    public PolledMember(ConsumerConfig config)
    {
        Consumer = ConfluentClient.Consumer(config)
            .SetPartitionsAssignedHandler((_, partitions) => Assignment.UnionWith(partitions.Select(partition => partition.Partition.Value)))
            .SetPartitionsRevokedHandler((_, partitions) =>
            {
                Assignment.ExceptWith(partitions.Select(partition => partition.Partition.Value));
                Revoked.AddRange(partitions.Select(partition => partition.Partition.Value));
            })
            .Build();
    }

    public IConsumer<byte[]?, byte[]?> Consumer { get; }

    public HashSet<int> Assignment { get; } = [];

    public List<int> Revoked { get; } = [];

    public void Dispose() => Consumer.Dispose();

    public override string ToString() => $"assigned {string.Join(',', Assignment.Order())}, revoked {string.Join(',', Revoked)}";
}
