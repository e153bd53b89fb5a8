namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>How often and when a failed request is tried again.</summary>
/// <remarks>
/// Before attempt n + 1 there is a wait of a random part of <c>FirstDelay * 2^(n-1)</c>, or of <see cref="ThrottledFactor"/> times
/// that where the store asked for fewer requests, but never more than of <see cref="LongestDelay"/>. Over any period, all that share a
/// policy send at most <c>BudgetCapacity + BudgetPerRequest * requests + BudgetPerSecond * seconds</c> retries.
/// </remarks>
public sealed record RetryOptions
{
    /// <summary>Attempts at one request, the first included; at least 1.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>The longest wait before the second attempt.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest wait before any attempt.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How much longer the waits are after <see cref="ObjectStoreFailure.Throttled"/>.</summary>
    public int ThrottledFactor { get; init; } = 10;

    /// <summary>Retries that are saved up at most, and that are there at the start.</summary>
    public int BudgetCapacity { get; init; } = 100;

    /// <summary>What each request adds to the budget: the share of retries that a long outage leads to.</summary>
    public double BudgetPerRequest { get; init; } = 0.1;

    /// <summary>What each second adds to the budget, so that there are retries where requests are rare.</summary>
    public double BudgetPerSecond { get; init; } = 1;
}
