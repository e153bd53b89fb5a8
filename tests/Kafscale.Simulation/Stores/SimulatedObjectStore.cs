using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Simulation.Stores;

/// <summary>A bucket as one process reaches it.</summary>
internal sealed class SimulatedObjectStore(SimulatedBucket bucket, RemoteCalls calls) : IObjectStore
{
    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);

        // A copy, because it may take effect when the memory is its owner's again.
        var bytes = body.ToArray();
        await CallAsync(
            () =>
            {
                bucket.Put(key, bytes, condition);
                return true;
            },
            $"PUT {key}",
            cancellationToken);
    }

    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var length = destination.Length;
        var isTorn = calls.Random.NextDouble() < calls.Conditions.TornBodyShare;
        var body = await CallAsync(() => bucket.Read(key, offset, length), $"GET {key}", cancellationToken);
        if (isTorn)
        {
            body[..(body.Length / 2)].CopyTo(destination);
            throw new ObjectStoreException(ObjectStoreFailure.Unavailable, $"The body of {key} ended early.");
        }

        body.CopyTo(destination);
        return body.Length;
    }

    public async ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        return await CallAsync(() => bucket.Head(key), $"HEAD {key}", cancellationToken);
    }

    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var isLast = false;
        while (!isLast)
        {
            var from = startAfter;
            var page = await CallAsync(() => bucket.List(prefix, from, calls.Conditions.ListingDelay, out isLast), $"LIST {prefix}", cancellationToken);
            foreach (var properties in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return properties;
            }

            startAfter = page is [.., var last] ? last.Key : startAfter;
        }
    }

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        DeleteLimit.Check(keys);
        if (keys is [])
        {
            return;
        }

        var deleted = keys.ToList();
        await CallAsync(
            () =>
            {
                bucket.Delete(deleted);
                return true;
            },
            $"DELETE {keys.Count}: {string.Join(", ", keys.Take(1))}",
            cancellationToken);
    }

    private Task<T> CallAsync<T>(Func<T> perform, string request, CancellationToken cancellationToken) => calls.CallAsync(
        () =>
        {
            calls.Caller.Scheduler.Trace.Write("bucket", $"{request} for {calls.Caller.Name}");
            return perform();
        },
        fate => fate switch
        {
            CallFate.Throttled => new ObjectStoreException(ObjectStoreFailure.Throttled, $"{request}: slow down."),
            CallFate.AnswerLost => new ObjectStoreException(ObjectStoreFailure.TimedOut, $"{request} was not answered."),
            _ => new ObjectStoreException(ObjectStoreFailure.Unavailable, $"{request} failed."),
        },
        cancellationToken);
}
