using CsCheck;
using Kafscale.Storage.ObjectStores.Decorators;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.ObjectStores.Decorators;

public sealed class TokenBucketTests
{
    [Fact]
    public void Tokens_come_by_time_and_by_being_earned_up_to_the_capacity()
    {
        var clock = new FakeTimeProvider();
        var bucket = new TokenBucket(capacity: 3, tokens: 1, perSecond: 2, clock);
        Assert.True(bucket.TryTake());
        Assert.False(bucket.TryTake());
        clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.True(bucket.TryTake());
        Assert.False(bucket.TryTake());
        bucket.Earn(1);
        Assert.True(bucket.TryTake());
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => bucket.TryTake()));
    }

    [Fact]
    public void Over_any_history_no_more_is_taken_than_came()
    {
        var step = Gen.OneOf(Gen.Double[0, 2].Select(seconds => (Earned: 0.0, Seconds: seconds)), Gen.Double[0, 1].Select(earned => (Earned: earned, Seconds: 0.0)));
        Gen.Select(step.Array[0, 200], Gen.Double[1, 20], Gen.Double[0, 5]).Sample((steps, capacity, perSecond) =>
        {
            var clock = new FakeTimeProvider();
            var bucket = new TokenBucket(capacity, capacity, perSecond, clock);
            var came = capacity;
            var taken = 0;
            foreach (var (earned, seconds) in steps)
            {
                clock.Advance(TimeSpan.FromSeconds(seconds));
                bucket.Earn(earned);
                came += earned + (seconds * perSecond);
                while (bucket.TryTake())
                    taken++;
            }

            Assert.True(taken <= came + 0.001, $"{taken} were taken of {came}.");
        });
    }
}
