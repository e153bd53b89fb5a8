using Kafscale.Broker.Groups;

namespace Kafscale.Broker.Tests.Groups;

public sealed class CoordinatorShardsTests
{
    /// <summary>What Java's String.hashCode() and Kafka's partition count come to; it must never change.</summary>
    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 47)]
    [InlineData("hello", 22)]
    [InlineData("test", 48)]
    [InlineData("hello world", 2)]
    [InlineData("my-group", 12)]
    [InlineData("connect-cluster", 13)]
    [InlineData("console-consumer-12345", 6)]
    [InlineData("The quick brown fox jumps over the lazy dog", 41)]
    [InlineData("grüppe", 12)]
    [InlineData("\U0001F600", 49)]
    public void A_group_is_in_the_shard_that_Kafka_would_choose(string groupId, int shard) => Assert.Equal(shard, CoordinatorShards.Of(groupId));

    [Fact]
    public void The_hash_that_has_no_absolute_value_counts_as_zero() => Assert.Equal(0, CoordinatorShards.Of("polygenelubricants"));

    [Fact]
    public void There_are_as_many_shards_as_partitions_of_consumer_offsets_in_Kafka() =>
        Assert.Equal(Enumerable.Range(0, 50), CoordinatorShards.All);

    [Fact]
    public void Every_shard_gets_its_share_of_many_groups()
    {
        var counts = Enumerable.Range(0, 10_000).CountBy(i => CoordinatorShards.Of($"group-{i}")).ToDictionary();

        Assert.Equal(CoordinatorShards.Count, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 100, 300));
    }
}
