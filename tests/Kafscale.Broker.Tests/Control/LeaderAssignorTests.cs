using CsCheck;
using Kafscale.Broker.Control;

namespace Kafscale.Broker.Tests.Control;

/// <summary>Who is to lead what.</summary>
public sealed class LeaderAssignorTests
{
    private static readonly Gen<AssignableBroker[]> Brokers =
        Gen.Select(Gen.Int[1, 9], Gen.Int[0, 3]).Select((count, racks) => Enumerable.Range(1, count)
            .Select(id => new AssignableBroker(id, racks == 0 ? "" : $"rack-{id % racks}")).ToArray());

    private static readonly Gen<AssignableSet[]> Sets =
        Gen.Select(Gen.Int[-1, 12].Array[0, 40], Gen.Long[0, 20_000_000].Array[0, 40]).Select((leaders, loads) => new AssignableSet(leaders, loads)).Array[0, 12];

    [Fact]
    public void Everything_is_led_by_a_broker_that_may_and_no_broker_has_more_than_one_more_than_another() =>
        Gen.Select(Brokers, Sets).Sample((brokers, sets) =>
        {
            var assigned = LeaderAssignor.Assign(brokers, sets);

            var counts = Counts(brokers, assigned);
            Assert.Equal(sets.Sum(set => set.Leaders.Count), counts.Sum());
            Assert.True(counts.Max() - counts.Min() <= 1, string.Join(",", counts));
        });

    [Fact]
    public void What_is_assigned_well_stays_as_it_is() =>
        Gen.Select(Brokers, Sets).Sample((brokers, sets) =>
        {
            var assigned = LeaderAssignor.Assign(brokers, sets);

            var again = LeaderAssignor.Assign(brokers, [.. assigned.Zip(sets, (leaders, set) => set with { Leaders = leaders })]);

            Assert.Equal(assigned, again);
        });

    [Fact]
    public void A_broker_that_joins_takes_its_share_and_nothing_else_moves() =>
        Gen.Select(Brokers, Sets).Sample((brokers, sets) =>
        {
            var before = LeaderAssignor.Assign(brokers, sets);
            var joined = new AssignableBroker(100, "rack-0");

            var after = LeaderAssignor.Assign([.. brokers, joined], [.. before.Zip(sets, (leaders, set) => set with { Leaders = leaders })]);

            for (var set = 0; set < before.Count; set++)
            {
                for (var number = 0; number < before[set].Length; number++)
                {
                    Assert.True(after[set][number] == before[set][number] || after[set][number] == joined.Id);
                }
            }
        });

    [Fact]
    public void Where_nothing_may_move_only_what_nobody_leads_is_given_to_somebody() =>
        Gen.Select(Brokers, Sets).Sample((brokers, sets) =>
        {
            var after = LeaderAssignor.Assign(brokers, sets, evensOutCounts: false, evensOutLoads: true);

            for (var set = 0; set < sets.Length; set++)
            {
                for (var number = 0; number < sets[set].Leaders.Count; number++)
                {
                    var before = sets[set].Leaders[number];
                    Assert.Contains(brokers, broker => broker.Id == after[set][number]);
                    Assert.True(after[set][number] == before || brokers.All(broker => broker.Id != before));
                }
            }
        });

    [Fact]
    public void What_a_lost_broker_led_goes_to_others_and_next_to_nothing_else_moves() =>
        Gen.Select(Brokers.Where(brokers => brokers.Length > 1), Sets).Sample((brokers, sets) =>
        {
            var before = LeaderAssignor.Assign(brokers, sets);
            var lost = brokers[^1];

            var after = LeaderAssignor.Assign(brokers[..^1], [.. before.Zip(sets, (leaders, set) => set with { Leaders = leaders })]);

            var moved = before.Zip(after, (old, young) => old.Zip(young).Count(pair => pair.First != lost.Id && pair.First != pair.Second)).Sum();
            Assert.InRange(moved, 0, brokers.Length - 1);
        });

    [Fact]
    public void Changing_places_by_load_leaves_counts_even_and_never_makes_the_busiest_busier() =>
        Gen.Select(Brokers, Sets).Sample((brokers, sets) =>
        {
            var before = LeaderAssignor.Assign(brokers, sets);
            var after = LeaderAssignor.Assign(brokers, [.. before.Zip(sets, (leaders, set) => set with { Leaders = leaders })], evensOutLoads: true);

            var counts = Counts(brokers, after);
            Assert.True(counts.Max() - counts.Min() <= 1);
            Assert.True(Loads(brokers, sets, after).Max() <= Loads(brokers, sets, before).Max());
        });

    [Fact]
    public void Two_busy_partitions_on_one_broker_are_separated()
    {
        AssignableBroker[] brokers = [new(1, ""), new(2, "")];
        AssignableSet[] sets = [new([1, 1, 2, 2], [10_000_000, 10_000_000, 0, 0])];

        var leaders = Assert.Single(LeaderAssignor.Assign(brokers, sets, evensOutLoads: true));

        Assert.NotEqual(leaders[0], leaders[1]);
        Assert.Equal([1, 1, 2, 2], leaders.Order());
    }

    [Fact]
    public void A_topic_is_spread_over_racks_before_a_rack_gets_a_second_partition()
    {
        AssignableBroker[] brokers = [new(1, "a"), new(2, "a"), new(3, "b"), new(4, "b"), new(5, "c"), new(6, "c")];

        var leaders = Assert.Single(LeaderAssignor.Assign(brokers, [new([-1, -1, -1], [])]));

        Assert.Equal(3, leaders.Select(leader => brokers[leader - 1].Rack).Distinct().Count());
    }

    [Fact]
    public void Each_topic_of_many_is_spread_evenly()
    {
        AssignableBroker[] brokers = [new(1, ""), new(2, ""), new(3, "")];
        var one = LeaderAssignor.Assign(brokers[..1], [new(new int[50], []), new(new int[6], []), new(new int[3], [])]);

        var spread = LeaderAssignor.Assign(brokers, [.. one.Select(leaders => new AssignableSet(leaders, []))]);

        Assert.All(spread[1].CountBy(leader => leader), broker => Assert.Equal(2, broker.Value));
        Assert.All(spread[2].CountBy(leader => leader), broker => Assert.InRange(broker.Value, 0, 2));
    }

    [Fact]
    public void Without_brokers_nobody_leads() =>
        Assert.Equal([-1, -1], Assert.Single(LeaderAssignor.Assign([], [new([1, 2], [])])));

    private static int[] Counts(AssignableBroker[] brokers, IReadOnlyList<int[]> assigned) =>
        [.. brokers.Select(broker => assigned.Sum(leaders => leaders.Count(leader => leader == broker.Id)))];

    private static long[] Loads(AssignableBroker[] brokers, AssignableSet[] sets, IReadOnlyList<int[]> assigned) =>
        [.. brokers.Select(broker => assigned.Select((leaders, set) => leaders.Select((leader, number) => leader == broker.Id ? sets[set].LoadOf(number) : 0).Sum()).Sum())];
}
