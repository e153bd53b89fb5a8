namespace Kafscale.Broker.Control;

/// <summary>
/// Decides who leads what: everything has a leader, no broker leads more than one more than another, each set is spread over
/// brokers and racks, and as little as possible moves. The same input gives the same answer.
/// </summary>
internal sealed class LeaderAssignor
{
    /// <summary>Nobody.</summary>
    public const int None = -1;

    // Hot leaders change places only where it is worth the pause: one broker has a quarter more than the average, and this much
    // more than the least loaded one.
    private const long MinLoadDifference = 1024 * 1024;
    private const int MaxSwapsPerRound = 20;

    private readonly IReadOnlyList<AssignableBroker> _brokers;
    private readonly IReadOnlyList<AssignableSet> _sets;

    // By set and number: the index of a broker, or None.
    private readonly int[][] _leaders;

    // By set and broker, and by set and rack.
    private readonly int[][] _countsOfSet;
    private readonly int[][] _countsOfRack;
    private readonly int[] _counts;
    private readonly long[] _loads;
    private readonly int[] _racks;
    private readonly int _total;

    private LeaderAssignor(IReadOnlyList<AssignableBroker> brokers, IReadOnlyList<AssignableSet> sets)
    {
        _brokers = brokers;
        _sets = sets;
        var racks = brokers.Select(broker => broker.Rack).Distinct().ToList();
        _racks = [.. brokers.Select(broker => racks.IndexOf(broker.Rack))];
        _total = sets.Sum(set => set.Leaders.Count);
        _counts = new int[brokers.Count];
        _loads = new long[brokers.Count];
        _leaders = [.. sets.Select(set => new int[set.Leaders.Count])];
        _countsOfSet = [.. sets.Select(_ => new int[brokers.Count])];
        _countsOfRack = [.. sets.Select(_ => new int[racks.Count])];
        var indexes = brokers.Select((broker, index) => (broker.Id, index)).ToDictionary();
        for (var set = 0; set < sets.Count; set++)
        {
            for (var number = 0; number < sets[set].Leaders.Count; number++)
            {
                _leaders[set][number] = None;
                if (indexes.TryGetValue(sets[set].Leaders[number], out var broker))
                {
                    Give(set, number, broker);
                }
            }
        }
    }

    /// <summary>Gives everything a leader, and evens out how many each broker has.</summary>
    /// <param name="brokers">Who may lead; without any, nobody leads anything.</param>
    /// <param name="sets">What is to be led, and by whom it is now.</param>
    /// <param name="evensOutCounts">Whether what has a leader may move at all.</param>
    /// <param name="evensOutLoads">Also has busy and quiet leaders change places until the brokers' loads are alike.</param>
    /// <returns>The new leaders of each set.</returns>
    public static IReadOnlyList<int[]> Assign(
        IReadOnlyList<AssignableBroker> brokers, IReadOnlyList<AssignableSet> sets, bool evensOutCounts = true, bool evensOutLoads = false)
    {
        var assignor = new LeaderAssignor(brokers, sets);
        if (brokers.Count > 0 && !evensOutCounts)
        {
            assignor.Place();
        }
        else if (brokers.Count > 0)
        {
            // What comes anew is spread best over brokers that have the same number of the rest.
            assignor.EvenOutCounts();
            assignor.Place();
            assignor.EvenOutCounts();
            if (evensOutLoads)
            {
                assignor.EvenOutLoads();
            }
        }

        return assignor.Result();
    }

    private IReadOnlyList<int[]> Result() =>
        [.. _leaders.Select(set => Array.ConvertAll(set, broker => broker == None ? None : _brokers[broker].Id))];

    // The busiest first, so that the rest can even them out.
    private void Place()
    {
        var unassigned =
            from set in Enumerable.Range(0, _sets.Count)
            from number in Enumerable.Range(0, _leaders[set].Length)
            where _leaders[set][number] == None
            orderby _sets[set].LoadOf(number) descending
            select (set, number);
        var quota = (_total + _brokers.Count - 1) / _brokers.Count;
        foreach (var (set, number) in unassigned.ToList())
        {
            Give(set, number, FindPlace(set, quota));
        }
    }

    // Whoever has less than a quota comes first, and then whoever has fewest of the set.
    private int FindPlace(int set, int quota)
    {
        var best = 0;
        for (var broker = 1; broker < _brokers.Count; broker++)
        {
            if (Compare(broker, best, set, quota) < 0)
            {
                best = broker;
            }
        }

        return best;
    }

    private int Compare(int one, int other, int set, int quota)
    {
        var order = (_counts[one] >= quota).CompareTo(_counts[other] >= quota);
        order = order != 0 ? order : _countsOfSet[set][one].CompareTo(_countsOfSet[set][other]);
        order = order != 0 ? order : _countsOfRack[set][_racks[one]].CompareTo(_countsOfRack[set][_racks[other]]);
        order = order != 0 ? order : _loads[one].CompareTo(_loads[other]);
        return order != 0 ? order : _counts[one].CompareTo(_counts[other]);
    }

    // From the broker with the most to those that have too few, each time of the set that the first has most of above its share.
    private void EvenOutCounts()
    {
        var setsOfBroker = new PriorityQueue<int, int>?[_brokers.Count];
        while (true)
        {
            var from = IndexOfMax(_counts);
            var fewest = _counts.Min();
            if (_counts[from] - fewest <= 1)
            {
                return;
            }

            var sets = setsOfBroker[from] ??= SetsOf(from);
            var set = sets.Dequeue();
            Give(set, Array.LastIndexOf(_leaders[set], from), FindPlace(set, Math.Max(fewest + 1, _counts.Sum() / _brokers.Count)));
            if (_countsOfSet[set][from] > 0)
            {
                sets.Enqueue(set, -ExcessOf(set, from));
            }
        }
    }

    private PriorityQueue<int, int> SetsOf(int broker) => new(
        Enumerable.Range(0, _sets.Count).Where(set => _countsOfSet[set][broker] > 0).Select(set => (set, -ExcessOf(set, broker))));

    // In parts of one leader.
    private int ExcessOf(int set, int broker) => (_countsOfSet[set][broker] * _brokers.Count) - _leaders[set].Length;

    private void EvenOutLoads()
    {
        var average = _loads.Sum() / _brokers.Count;
        for (var swap = 0; swap < MaxSwapsPerRound; swap++)
        {
            var hottest = IndexOfMax(_loads);
            var coldest = IndexOfMin(_loads);
            var difference = _loads[hottest] - _loads[coldest];
            if (difference < MinLoadDifference || _loads[hottest] < average + (average / 4) || !TrySwap(hottest, coldest, difference))
            {
                return;
            }
        }
    }

    // What changes places differs by about half of what the brokers differ by: more would only turn the difference round.
    private bool TrySwap(int hottest, int coldest, long difference)
    {
        var cold = ItemsOf(coldest).OrderBy(item => item.Load).ToList();
        var best = long.MaxValue;
        ((int Set, int Number) Hot, (int Set, int Number) Cold) choice = default;
        foreach (var (set, number, load) in ItemsOf(hottest))
        {
            var wanted = load - (difference / 2);
            var position = cold.FindIndex(item => item.Load >= wanted);
            foreach (var candidate in (ReadOnlySpan<int>)[position < 0 ? cold.Count - 1 : position, position - 1])
            {
                if (candidate < 0)
                {
                    continue;
                }

                var moved = load - cold[candidate].Load;
                if (moved > 0 && moved < difference && Math.Abs((difference / 2) - moved) < best)
                {
                    best = Math.Abs((difference / 2) - moved);
                    choice = ((set, number), (cold[candidate].Set, cold[candidate].Number));
                }
            }
        }

        // A swap that gains next to nothing is not worth the pause of two partitions.
        if (best > (difference / 2) - (difference / 10))
        {
            return false;
        }

        Give(choice.Hot.Set, choice.Hot.Number, coldest);
        Give(choice.Cold.Set, choice.Cold.Number, hottest);
        return true;
    }

    private IEnumerable<(int Set, int Number, long Load)> ItemsOf(int broker) =>
        from set in Enumerable.Range(0, _sets.Count)
        where _countsOfSet[set][broker] > 0
        from number in Enumerable.Range(0, _leaders[set].Length)
        where _leaders[set][number] == broker
        select (set, number, _sets[set].LoadOf(number));

    private void Give(int set, int number, int broker)
    {
        Count(set, number, _leaders[set][number], -1);
        _leaders[set][number] = broker;
        Count(set, number, broker, 1);
    }

    private void Count(int set, int number, int broker, int by)
    {
        if (broker != None)
        {
            _counts[broker] += by;
            _countsOfSet[set][broker] += by;
            _countsOfRack[set][_racks[broker]] += by;
            _loads[broker] += by * _sets[set].LoadOf(number);
        }
    }

    private static int IndexOfMax<T>(T[] values)
        where T : IComparable<T> => Array.IndexOf(values, values.Max());

    private static int IndexOfMin<T>(T[] values)
        where T : IComparable<T> => Array.IndexOf(values, values.Min());
}
