using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Storage.Health;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests.Health;

/// <summary>A store that answers in the way and after the time that a test says, and tells an observer.</summary>
internal sealed class ObservedStore(IObjectStoreObserver observer, TimeProvider timeProvider) : IObjectStore
{
    /// <summary>How long an operation takes, and how it ends; without a duration it never does.</summary>
    public Func<ObjectStoreOperation, (TimeSpan? Duration, ObjectStoreOutcome Outcome)> Behaviour { get; set; } =
        _ => (TimeSpan.FromMilliseconds(20), ObjectStoreOutcome.Success);

    /// <summary>Every operation that was begun.</summary>
    public List<ObjectStoreOperation> Begun { get; } = [];

    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        await RunAsync(ObjectStoreOperation.Put, body.Length, cancellationToken);

    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await RunAsync(ObjectStoreOperation.Get, destination.Length, cancellationToken);
        return destination.Length;
    }

    public async ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        await RunAsync(ObjectStoreOperation.Head, 0, cancellationToken);
        return null;
    }

    public async IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await RunAsync(ObjectStoreOperation.List, 0, cancellationToken);
        yield break;
    }

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        await RunAsync(ObjectStoreOperation.Delete, 0, cancellationToken);

    private async Task RunAsync(ObjectStoreOperation operation, long bytes, CancellationToken cancellationToken)
    {
        Begun.Add(operation);
        var startedAt = timeProvider.GetTimestamp();
        var (duration, outcome) = Behaviour(operation);
        try
        {
            await WaitAsync(duration, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            outcome = ObjectStoreOutcome.Cancelled;
            throw;
        }
        finally
        {
            observer.OnCompleted(new CompletedOperation(operation, outcome, timeProvider.GetElapsedTime(startedAt), outcome == ObjectStoreOutcome.Success ? bytes : 0));
        }

        if (outcome is not (ObjectStoreOutcome.Success or ObjectStoreOutcome.NotFound))
        {
            throw new ObjectStoreException(ObjectStoreFailure.Unavailable, "As the test says.");
        }
    }

    // Unlike the cancellation of a delay, that of this wait goes on at once, on the thread that the virtual clock is advanced on.
    private async Task WaitAsync(TimeSpan? duration, CancellationToken cancellationToken)
    {
        if (duration is { } time)
        {
            await Task.Delay(time, timeProvider, cancellationToken);
            return;
        }

        var never = new TaskCompletionSource();
        await using var registration = cancellationToken.UnsafeRegister(_ => never.SetCanceled(cancellationToken), null);
        await never.Task;
    }
}
