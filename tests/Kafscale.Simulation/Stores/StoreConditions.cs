namespace Kafscale.Simulation.Stores;

/// <summary>How a store does at the moment, as one broker sees it.</summary>
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

    /// <summary>By how much changes reach a watch later than they could.</summary>
    public TimeSpan WatchDelay { get; set; }

    /// <summary>Whether leases are not kept alive, while all else works.</summary>
    public bool LosesKeepAlives { get; set; }
}
