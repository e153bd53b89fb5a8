namespace Kafscale.Storage.Health;

/// <summary>What follows for a state from the latest operations.</summary>
/// <remarks>
/// A share of bad operations counts as above a threshold only where it is so far above it that chance does not explain it, and as
/// below it only where it is clearly below it; in between, the state stays. The fewer operations, the wider that between: this is the
/// hysteresis, and it lets neither one error in a quiet minute nor a steady share of errors change the state.
/// </remarks>
internal static class HealthVerdict
{
    /// <summary>Fewer operations say nothing.</summary>
    public const int MinOperations = 10;

    /// <summary>The median: a store is slow where more than half of its operations are.</summary>
    private const double SlowShare = 0.5;

    // In standard deviations of the count that the threshold lets expect: to believe in trouble, and to believe that it is over.
    private const double EnterDeviations = 3;
    private const double LeaveDeviations = 2;

    public static ObjectStoreHealthState Judge(ObjectStoreHealthState current, in OperationTally latest, ObjectStoreHealthOptions options)
    {
        if (latest.Operations < MinOperations)
            return current;
        if (IsAbove(latest.Errors, latest.Operations, options.ErrorRateCrit) || IsAbove(latest.VerySlow, latest.Operations, SlowShare))
            return ObjectStoreHealthState.Unavailable;
        if (current == ObjectStoreHealthState.Healthy)
        {
            return IsAbove(latest.Errors, latest.Operations, options.ErrorRateWarn) || IsAbove(latest.Slow, latest.Operations, SlowShare)
                ? ObjectStoreHealthState.Degraded
                : current;
        }

        if (IsBelow(latest.Errors, latest.Operations, options.ErrorRateWarn) && IsBelow(latest.Slow, latest.Operations, SlowShare))
            return ObjectStoreHealthState.Healthy;
        return IsBelow(latest.Errors, latest.Operations, options.ErrorRateCrit) && IsBelow(latest.VerySlow, latest.Operations, SlowShare)
            ? ObjectStoreHealthState.Degraded
            : current;
    }

    private static bool IsAbove(int bad, int all, double threshold) =>
        bad == all || bad > (all * threshold) + (EnterDeviations * Deviation(all, threshold));

    private static bool IsBelow(int bad, int all, double threshold) =>
        bad == 0 || bad < (all * threshold) - (LeaveDeviations * Deviation(all, threshold));

    private static double Deviation(int all, double threshold) => Math.Sqrt(all * threshold * (1 - threshold));
}
