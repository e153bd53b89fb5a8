using Kafscale.Bench.Loads;

namespace Kafscale.Bench.Tests;

public sealed class TopicShapeTests
{
    [Theory]
    [InlineData(8, 4)]
    [InlineData(10, 4)]
    [InlineData(1, 1)]
    public void Where_there_are_enough_partitions_each_is_one_connections_own(int partitions, int connections)
    {
        var topic = new TopicShape("topic", partitions);

        var shared = Enumerable.Range(0, connections).SelectMany(connection => topic.PartitionsOf(connection, connections));

        Assert.Equal(Enumerable.Range(0, partitions), shared.Order());
    }

    [Fact]
    public void Where_there_are_too_few_connections_share_them_evenly()
    {
        var topic = new TopicShape("topic", Partitions: 8);

        var shared = Enumerable.Range(0, 16).Select(connection => Assert.Single(topic.PartitionsOf(connection, connections: 16)));

        Assert.All(shared.CountBy(partition => partition), count => Assert.Equal(2, count.Value));
    }
}
