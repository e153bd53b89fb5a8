using System.Buffers;
using System.Runtime.CompilerServices;

namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Tells observers how every request to a store ended and how long it took.</summary>
/// <remarks>
/// It sits directly on the store, so that each attempt of a retry and each hedge is seen by itself. A listing tells of
/// each of its pages; the time that its reader takes between them does not count. A call that is refused
/// because it is wrong (<see cref="ArgumentException"/>) is no request, and neither is a delete of nothing.
/// </remarks>
/// <param name="inner">The store.</param>
/// <param name="timeProvider">The clock of the durations.</param>
/// <param name="observers">Who is told, in this order, on the thread that ended the request.</param>
public sealed class InstrumentedObjectStore(IObjectStore inner, TimeProvider timeProvider, params IObjectStoreObserver[] observers) : IObjectStore
{
    /// <inheritdoc/>
    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        try
        {
            await inner.PutAsync(key, body, condition, cancellationToken);
        }
        catch (Exception exception)
        {
            TellFailure(ObjectStoreOperation.Put, started, exception, cancellationToken);
            throw;
        }

        Tell(ObjectStoreOperation.Put, ObjectStoreOutcome.Success, timeProvider.GetElapsedTime(started), body.Length);
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        int length;
        try
        {
            length = await inner.ReadAsync(key, offset, destination, cancellationToken);
        }
        catch (Exception exception)
        {
            TellFailure(ObjectStoreOperation.Get, started, exception, cancellationToken);
            throw;
        }

        Tell(ObjectStoreOperation.Get, ObjectStoreOutcome.Success, timeProvider.GetElapsedTime(started), length);
        return length;
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        var started = timeProvider.GetTimestamp();
        ObjectProperties? properties;
        try
        {
            properties = await inner.HeadAsync(key, cancellationToken);
        }
        catch (Exception exception)
        {
            TellFailure(ObjectStoreOperation.Head, started, exception, cancellationToken);
            throw;
        }

        var outcome = properties is null ? ObjectStoreOutcome.NotFound : ObjectStoreOutcome.Success;
        Tell(ObjectStoreOperation.Head, outcome, timeProvider.GetElapsedTime(started), 0);
        return properties;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var objects = inner.ListAsync(prefix, startAfter, cancellationToken).GetAsyncEnumerator(cancellationToken);
        for (var listed = 0L; ; listed++)
        {
            var started = timeProvider.GetTimestamp();
            bool isThere;
            try
            {
                isThere = await objects.MoveNextAsync();
            }
            catch (Exception exception)
            {
                TellFailure(ObjectStoreOperation.List, started, exception, cancellationToken);
                throw;
            }

            // The end at the border of a page was known with the page before, unless there was none.
            if (ListingPages.StartsAt(listed) && (isThere || listed == 0))
                Tell(ObjectStoreOperation.List, ObjectStoreOutcome.Success, timeProvider.GetElapsedTime(started), 0);
            if (!isThere)
                yield break;
            yield return objects.Current;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        if (keys is [])
        {
            await inner.DeleteAsync(keys, cancellationToken);
            return;
        }

        var started = timeProvider.GetTimestamp();
        try
        {
            await inner.DeleteAsync(keys, cancellationToken);
        }
        catch (Exception exception)
        {
            TellFailure(ObjectStoreOperation.Delete, started, exception, cancellationToken);
            throw;
        }

        Tell(ObjectStoreOperation.Delete, ObjectStoreOutcome.Success, timeProvider.GetElapsedTime(started), 0);
    }

    private void TellFailure(ObjectStoreOperation operation, long started, Exception exception, CancellationToken cancellationToken)
    {
        if (!FailedOperation.IsMisuse(exception))
            Tell(operation, FailedOperation.OutcomeOf(exception, cancellationToken), timeProvider.GetElapsedTime(started), 0);
    }

    private void Tell(ObjectStoreOperation operation, ObjectStoreOutcome outcome, TimeSpan duration, long bytes)
    {
        var completed = new CompletedOperation(operation, outcome, duration, bytes);
        foreach (var observer in observers)
            observer.OnCompleted(in completed);
    }
}
