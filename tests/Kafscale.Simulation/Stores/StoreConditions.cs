namespace Kafscale.Simulation.Stores;

/// <summary>How a store does at the moment, as all who use it or one of them sees it.</summary>
internal sealed class StoreConditions
{
    /// <summary>Half of all answers take no longer.</summary>
    public TimeSpan MedianLatency { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long the tail is: the standard deviation of the latency's logarithm.</summary>
    public double LatencySpread { get; set; } = 0.5;

    /// <summary>By how much everything takes longer.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>The share of requests that fail and have no effect.</summary>
    public double FailBeforeShare { get; set; }

    /// <summary>The share of requests that have their effect and then fail.</summary>
    public double FailAfterShare { get; set; }

    /// <summary>The share of requests that are refused for being too many.</summary>
    public double ThrottledShare { get; set; }

    /// <summary>The share of requests that get no answer, half of them with their effect.</summary>
    public double UnansweredShare { get; set; }

    /// <summary>The share of reads whose body ends early with an error.</summary>
    public double TornBodyShare { get; set; }

    /// <summary>For how long listings may not show what has changed.</summary>
    public TimeSpan ListingDelay { get; set; }

    /// <summary>No faults any more; latencies stay.</summary>
    public void Heal()
    {
        Slowness = 1;
        FailBeforeShare = FailAfterShare = ThrottledShare = UnansweredShare = TornBodyShare = 0;
        ListingDelay = TimeSpan.Zero;
    }
}
