using CsCheck;
using Kafscale.Storage.Health;

namespace Kafscale.Storage.Tests.Health;

public sealed class HealthVerdictTests
{
    private static readonly Gen<ObjectStoreHealthState> States =
        Gen.Int[0, 2].Select(state => (ObjectStoreHealthState)state);

    private static readonly Gen<OperationTally> Tallies = TalliesOf(0, 500);

    private static readonly Gen<ObjectStoreHealthOptions> Options =
        from warn in Gen.Double[0.01, 1]
        from crit in Gen.Double[warn, 1]
        select new ObjectStoreHealthOptions { ErrorRateWarn = warn, ErrorRateCrit = crit };

    [Fact]
    public void The_same_operations_looked_at_again_change_nothing_more() =>
        Gen.Select(States, Tallies, Options).Sample((state, tally, options) =>
        {
            var once = HealthVerdict.Judge(state, tally, options);

            Assert.Equal(once, HealthVerdict.Judge(once, tally, options));
        });

    [Fact]
    public void More_errors_never_make_a_better_state() =>
        Gen.Select(States, Tallies, Options).Sample((state, tally, options) =>
        {
            var worse = tally;
            worse.Errors = Math.Min(tally.Operations, tally.Errors + 1);

            Assert.True(HealthVerdict.Judge(state, worse, options) >= HealthVerdict.Judge(state, tally, options));
        });

    [Fact]
    public void Too_few_operations_change_nothing() =>
        Gen.Select(States, TalliesOf(0, HealthVerdict.MinOperations - 1), Options).Sample((state, tally, options) =>
            Assert.Equal(state, HealthVerdict.Judge(state, tally, options)));

    [Fact]
    public void Where_all_fail_the_store_is_unavailable_and_where_none_fails_or_is_slow_it_is_healthy() =>
        Gen.Select(States, Gen.Int[HealthVerdict.MinOperations, 500], Options).Sample((state, operations, options) =>
        {
            var good = new OperationTally { Operations = operations };
            var bad = new OperationTally { Operations = operations, Errors = operations };

            Assert.Equal(ObjectStoreHealthState.Healthy, HealthVerdict.Judge(state, good, options));
            Assert.Equal(ObjectStoreHealthState.Unavailable, HealthVerdict.Judge(state, bad, options));
        });

    private static Gen<OperationTally> TalliesOf(int fewest, int most) =>
        from operations in Gen.Int[fewest, most]
        from errors in Gen.Int[0, operations]
        from slow in Gen.Int[0, operations]
        from verySlow in Gen.Int[0, slow]
        select new OperationTally { Operations = operations, Errors = errors, Slow = slow, VerySlow = verySlow };
}
