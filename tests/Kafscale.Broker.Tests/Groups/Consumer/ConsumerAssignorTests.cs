using CsCheck;
using Kafscale.Broker.Groups.Consumer;

namespace Kafscale.Broker.Tests.Groups.Consumer;

public sealed class ConsumerAssignorTests
{
    private static readonly string?[] Racks = [null, "r1", "r2", "r3"];

    private static readonly Gen<(int[] PartitionCounts, (int Topics, int Rack)[] Members, (int Topics, int Rack)[] Later)> Groups = Gen.Select(
        Gen.Int[0, 12].Array[1, 5],
        Gen.Select(Gen.Int[0, 31], Gen.Int[0, 3]).Array[1, 8],
        Gen.Select(Gen.Int[0, 31], Gen.Int[0, 3]).Array[0, 8]);

    [Theory]
    [InlineData("uniform")]
    [InlineData("range")]
    public void Every_partition_that_somebody_subscribes_to_is_given_to_exactly_one_of_them(string name) => Groups.Sample((counts, members, _) =>
    {
        var (topics, all) = (Topics(counts), Members(members, counts.Length));
        var assigned = Find(name).Assign(all, topics);

        var expected = topics.Where(topic => all.Exists(member => member.Topics.Contains(topic.Id)))
            .SelectMany(topic => Enumerable.Range(0, topic.PartitionCount).Select(partition => new AssignedPartition(topic.Id, partition)));
        Assert.Equal(expected.Order(), assigned.SelectMany(partitions => partitions).Order());
        for (var i = 0; i < all.Count; i++)
        {
            Assert.All(assigned[i], partition => Assert.Contains(partition.TopicId, all[i].Topics));
        }
    });

    [Fact]
    public void Uniform_leaves_nobody_two_partitions_short_of_another_who_has_one_to_give() => Groups.Sample((counts, members, later) =>
    {
        var topics = Topics(counts);
        var before = Members(members, counts.Length);
        var first = new UniformAssignor().Assign(before, topics);
        var after = Members([.. later, .. members], counts.Length, [.. later.Select(_ => ConsumerGroupMember.NoPartitions), .. first]);
        var assigned = new UniformAssignor().Assign(after, topics);
        for (var i = 0; i < after.Count; i++)
        {
            for (var j = 0; j < after.Count; j++)
            {
                var couldMove = assigned[i].Any(partition => after[j].Topics.Contains(partition.TopicId));
                Assert.True(!couldMove || assigned[i].Count - assigned[j].Count < 2, $"{assigned[i].Count} and {assigned[j].Count}");
            }
        }
    });

    [Theory]
    [InlineData("uniform")]
    [InlineData("range")]
    public void What_has_not_changed_is_assigned_as_it_was(string name) => Groups.Sample((counts, members, _) =>
    {
        var topics = Topics(counts);
        var first = Find(name).Assign(Members(members, counts.Length), topics);
        var second = Find(name).Assign(Members(members, counts.Length, first), topics);
        Assert.All(first.Zip(second), pair => Assert.True(pair.First.SetEquals(pair.Second)));
    });

    [Fact]
    public void Uniform_moves_no_more_than_a_new_member_is_to_have()
    {
        var topics = Topics([60, 40]);
        var first = new UniformAssignor().Assign(Members([.. Enumerable.Repeat((3, 0), 9)], 2), topics);
        var second = new UniformAssignor().Assign(Members([.. Enumerable.Repeat((3, 0), 10)], 2, [.. first, ConsumerGroupMember.NoPartitions]), topics);

        Assert.All(second, partitions => Assert.Equal(10, partitions.Count));
        Assert.Equal(10, first.Zip(second, (was, isNow) => was.Except(isNow).Count()).Sum());
    }

    [Fact]
    public void Uniform_gives_partitions_to_members_in_the_rack_of_their_leaders()
    {
        var topics = Topics([9]);
        var assigned = new UniformAssignor().Assign(Members([(1, 1), (1, 2), (1, 3)], 1), topics);

        for (var i = 0; i < 3; i++)
        {
            Assert.All(assigned[i], partition => Assert.Equal(Racks[i + 1], topics[0].FindLeaderRack(partition.Partition)));
            Assert.Equal(3, assigned[i].Count);
        }
    }

    [Fact]
    public void Range_gives_runs_of_partitions_the_same_of_topics_that_are_alike()
    {
        var topics = Topics([7, 7]);
        var assigned = new RangeAssignor().Assign(Members([(3, 0), (3, 0), (3, 0)], 2), topics);

        foreach (var topic in topics)
        {
            Assert.Equal(
                ["0,1,2", "3,4", "5,6"],
                assigned.Select(partitions => string.Join(',', partitions.Where(partition => partition.TopicId == topic.Id).Select(partition => partition.Partition).Order())));
        }
    }

    private static IConsumerAssignor Find(string name)
    {
        Assert.True(ConsumerAssignors.TryFind(name, out var assignor));
        return assignor;
    }

    private static Guid TopicId(int number) => new(number + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    private static List<AssignorTopic> Topics(int[] partitionCounts) =>
        [.. partitionCounts.Select((count, i) => new AssignorTopic(TopicId(i), count, partition => Racks[1 + (partition % 3)]))];

    /// <param name="members">Which topics, as a set of bits, and which rack.</param>
    /// <param name="topicCount">How many topics there are.</param>
    /// <param name="current">What they were to have before.</param>
    private static List<AssignorMember> Members(
        (int Topics, int Rack)[] members, int topicCount, IReadOnlyList<IReadOnlySet<AssignedPartition>>? current = null) =>
        [.. members.Select((member, i) => new AssignorMember(
            $"m{i:D3}",
            Racks[member.Rack],
            Enumerable.Range(0, topicCount).Where(topic => (member.Topics & (1 << topic)) != 0).Select(TopicId).ToHashSet(),
            current?[i] ?? ConsumerGroupMember.NoPartitions))];
}
