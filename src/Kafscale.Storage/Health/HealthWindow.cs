namespace Kafscale.Storage.Health;

/// <summary>The operations of the last so many seconds, counted in buckets of one second. Not thread-safe.</summary>
internal sealed class HealthWindow(int seconds)
{
    private const int Kinds = 3;

    private readonly Second[] _ring = [.. Enumerable.Range(0, seconds).Select(_ => new Second())];

    /// <summary>The bucket of a kind in the present second, to be counted into.</summary>
    public ref OperationTally At(long second, StoreWork work)
    {
        var bucket = _ring[second % seconds];
        if (bucket.Number != second)
        {
            bucket.Number = second;
            Array.Clear(bucket.Tallies);
        }

        return ref bucket.Tallies[(int)work];
    }

    /// <summary>The operations of a kind within the present and the last few full seconds, or further back where these are too few.</summary>
    /// <param name="second">The present second.</param>
    /// <param name="work">The kind.</param>
    /// <param name="atLeastSeconds">Full seconds that always count.</param>
    /// <param name="atLeastOperations">So many are looked for, as far back as the window goes.</param>
    /// <param name="countedSeconds">How far back they go.</param>
    public OperationTally Latest(long second, StoreWork work, int atLeastSeconds, int atLeastOperations, out int countedSeconds)
    {
        var total = default(OperationTally);
        for (countedSeconds = 0; countedSeconds < seconds; countedSeconds++)
        {
            if (countedSeconds > atLeastSeconds && total.Operations >= atLeastOperations)
                break;
            var bucket = _ring[Math.Max(0, second - countedSeconds) % seconds];
            if (bucket.Number == second - countedSeconds)
                total.AddEarlier(bucket.Tallies[(int)work]);
        }

        return total;
    }

    /// <summary>All operations of all kinds within the window.</summary>
    public OperationTally Whole(long second)
    {
        var total = default(OperationTally);
        foreach (var bucket in _ring)
        {
            if (bucket.Number > second - seconds)
            {
                foreach (var tally in bucket.Tallies)
                    total.AddEarlier(tally);
            }
        }

        return total;
    }

    private sealed class Second
    {
        public long Number { get; set; } = long.MinValue;

        public OperationTally[] Tallies { get; } = new OperationTally[Kinds];
    }
}
