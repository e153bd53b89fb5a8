using System.Runtime.ExceptionServices;

namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Decides whether and when failed requests are tried again, for all lanes of one store together.</summary>
/// <remarks>
/// Tried again is what may go better by itself: throttling, timeouts, lost connections, errors inside of the store. An answer (there is no such
/// object, the key is taken) is final, and so is a request that the store does not take. A denial is final as well:
/// credentials are renewed outside of here and on their own schedule, so that asking again within seconds would only put off the error
/// that tells an operator; whatever must go on (flushes, maintenance) comes back by its own loop.
/// </remarks>
/// <param name="options">How often and when.</param>
/// <param name="timeProvider">The clock of waits and budget.</param>
/// <param name="random">The jitter; nobody else uses it.</param>
/// <param name="metrics">Where retries are counted.</param>
public sealed class RetryPolicy(RetryOptions options, TimeProvider timeProvider, Random random, ObjectStoreMetrics metrics)
{
    // Beyond it the ceiling is far above any longest delay.
    private const int MaxDoublings = 20;

    private readonly Lock _randomLock = new();

    // Shared by everything that retries, so that an outage does not multiply the load.
    private readonly TokenBucket _budget = new(options.BudgetCapacity, options.BudgetCapacity, options.BudgetPerSecond, timeProvider);

    /// <summary>Counts a request that is not a retry.</summary>
    internal void OnRequest() => _budget.Earn(options.BudgetPerRequest);

    /// <summary>Whether <paramref name="exception"/> may be gone at the next attempt.</summary>
    internal static bool IsTransient(Exception exception, CancellationToken cancellationToken) =>
        exception is IOException or OperationCanceledException
        && FailedOperation.OutcomeOf(exception, cancellationToken)
            is ObjectStoreOutcome.Throttled or ObjectStoreOutcome.TimedOut or ObjectStoreOutcome.Unavailable;

    /// <summary>Waits for the next attempt, or throws <paramref name="exception"/> where there is none.</summary>
    /// <param name="attempt">The attempt that failed, counted from 1.</param>
    /// <param name="exception">How it failed.</param>
    /// <param name="cancellationToken">Ends the wait at once.</param>
    internal Task BeforeRetryAsync(int attempt, Exception exception, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (attempt >= options.MaxAttempts)
            ExceptionDispatchInfo.Throw(exception);
        if (!_budget.TryTake())
        {
            metrics.OnRetryBudgetExhausted();
            ExceptionDispatchInfo.Throw(exception);
        }

        var reason = FailedOperation.OutcomeOf(exception, cancellationToken);
        metrics.OnRetry(reason);
        return Task.Delay(NextDelay(attempt, reason), timeProvider, cancellationToken);
    }

    private TimeSpan NextDelay(int attempt, ObjectStoreOutcome reason)
    {
        var ceiling = options.FirstDelay * Math.Pow(2, Math.Min(attempt - 1, MaxDoublings));
        if (reason == ObjectStoreOutcome.Throttled)
            ceiling *= options.ThrottledFactor;
        if (ceiling > options.LongestDelay)
            ceiling = options.LongestDelay;
        lock (_randomLock)
        {
            return ceiling * random.NextDouble();
        }
    }
}
