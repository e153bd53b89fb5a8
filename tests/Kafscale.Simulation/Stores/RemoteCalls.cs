using Kafscale.Simulation.Network;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Stores;

/// <summary>The way of one process's requests to a store and back, on virtual time and with what can go wrong.</summary>
/// <param name="caller">Who asks.</param>
/// <param name="link">What is between them.</param>
/// <param name="conditions">How the store does.</param>
/// <param name="timeout">How long the caller's client waits for an answer.</param>
/// <param name="random">Latencies and fates.</param>
internal sealed class RemoteCalls(SimulatedProcess caller, Link link, StoreConditions conditions, TimeSpan timeout, Random random)
{
    private Scheduler Scheduler => caller.Scheduler;

    public SimulatedProcess Caller => caller;

    public Link Link => link;

    public StoreConditions Conditions => conditions;

    public Random Random => random;

    /// <summary>Asks a store for something.</summary>
    /// <param name="perform">What the store does, at once; it is not done where the request does not arrive.</param>
    /// <param name="failure">What the caller's client throws for a fate other than an answer.</param>
    /// <param name="cancellationToken">Gives up waiting; the store may do it all the same.</param>
    public async Task<T> CallAsync<T>(Func<T> perform, Func<CallFate, Exception> failure, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var fate = DrawFate();
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Scheduler.EnqueueAfter(Latency(), Scheduler.World, () => Arrive(perform, failure, fate, answer));
        await using var timer = caller.Clock.CreateTimer(
            _ => answer.TrySetException(failure(CallFate.AnswerLost)), null, timeout, Timeout.InfiniteTimeSpan);
        await using var cancelled = cancellationToken.UnsafeRegister(_ => answer.TrySetCanceled(cancellationToken), null);
        return await answer.Task;
    }

    /// <summary>How long a request or an answer takes.</summary>
    public TimeSpan Latency()
    {
        // A logarithm of the latency that is normally distributed, by Box and Muller.
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return conditions.MedianLatency / 2 * conditions.Slowness * Math.Exp(conditions.LatencySpread * normal);
    }

    private void Arrive<T>(Func<T> perform, Func<CallFate, Exception> failure, CallFate fate, TaskCompletionSource<T> answer)
    {
        if (link.IsCut || fate == CallFate.RequestLost)
        {
            return;
        }

        Action give;
        if (fate is CallFate.FailsBefore or CallFate.Throttled)
        {
            give = () => answer.TrySetException(failure(fate));
        }
        else
        {
            try
            {
                var result = perform();
                give = fate == CallFate.FailsAfter ? () => answer.TrySetException(failure(fate)) : () => answer.TrySetResult(result);
            }
            catch (Exception exception)
            {
                // The store's refusal is its answer.
                give = () => answer.TrySetException(exception);
            }
        }

        if (fate != CallFate.AnswerLost)
        {
            Scheduler.EnqueueAfter(Latency(), Scheduler.World, () =>
            {
                if (!link.IsCut)
                {
                    give();
                }
            });
        }
    }

    private CallFate DrawFate()
    {
        var drawn = random.NextDouble();
        foreach (var (share, fate) in (ReadOnlySpan<(double, CallFate)>)
        [
            (conditions.FailBeforeShare, CallFate.FailsBefore),
            (conditions.FailAfterShare, CallFate.FailsAfter),
            (conditions.ThrottledShare, CallFate.Throttled),
            (conditions.UnansweredShare / 2, CallFate.RequestLost),
            (conditions.UnansweredShare / 2, CallFate.AnswerLost),
        ])
        {
            if (drawn < share)
            {
                return fate;
            }

            drawn -= share;
        }

        return CallFate.Answered;
    }
}
