namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Bounds the retries of everything that shares it, so that an outage does not multiply the load.</summary>
/// <remarks>
/// A bucket of tokens, full at first: a retry takes one, a request adds a part of one, and so does time. Over any period retries are at most
/// <c>BudgetCapacity + BudgetPerRequest * requests + BudgetPerSecond * seconds</c>.
/// </remarks>
internal sealed class RetryBudget(RetryOptions options, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private double _tokens = options.BudgetCapacity;
    private long _refilled = timeProvider.GetTimestamp();

    /// <summary>Counts a request that is not a retry.</summary>
    public void OnRequest()
    {
        lock (_lock)
        {
            _tokens = Math.Min(options.BudgetCapacity, _tokens + options.BudgetPerRequest);
        }
    }

    /// <summary>Takes a retry out of the budget; false where there is none left.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            var now = timeProvider.GetTimestamp();
            var refill = timeProvider.GetElapsedTime(_refilled, now).TotalSeconds * options.BudgetPerSecond;
            _refilled = now;
            _tokens = Math.Min(options.BudgetCapacity, _tokens + refill);
            if (_tokens < 1)
                return false;
            _tokens--;
            return true;
        }
    }
}
