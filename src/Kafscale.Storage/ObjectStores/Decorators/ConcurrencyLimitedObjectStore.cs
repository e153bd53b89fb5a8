using System.Buffers;
using System.Runtime.CompilerServices;

namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>A view of a store whose requests pass a <see cref="ConcurrencyLimiter"/>: a lane.</summary>
/// <remarks>A listing takes its turn for each page, so that a slow reader of it holds nobody up.</remarks>
/// <param name="inner">The store.</param>
/// <param name="limiter">The lane's; views that share it are one lane.</param>
public sealed class ConcurrencyLimitedObjectStore(IObjectStore inner, ConcurrencyLimiter limiter) : IObjectStore
{
    /// <inheritdoc/>
    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        await limiter.EnterAsync(body.Length, cancellationToken);
        try
        {
            await inner.PutAsync(key, body, condition, cancellationToken);
        }
        finally
        {
            limiter.Leave(body.Length);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await limiter.EnterAsync(destination.Length, cancellationToken);
        try
        {
            return await inner.ReadAsync(key, offset, destination, cancellationToken);
        }
        finally
        {
            limiter.Leave(destination.Length);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        await limiter.EnterAsync(0, cancellationToken);
        try
        {
            return await inner.HeadAsync(key, cancellationToken);
        }
        finally
        {
            limiter.Leave(0);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var objects = inner.ListAsync(prefix, startAfter, cancellationToken).GetAsyncEnumerator(cancellationToken);
        for (var listed = 0L; await MoveNextAsync(objects, listed, cancellationToken); listed++)
            yield return objects.Current;
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await limiter.EnterAsync(0, cancellationToken);
        try
        {
            await inner.DeleteAsync(keys, cancellationToken);
        }
        finally
        {
            limiter.Leave(0);
        }
    }

    private async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<ObjectProperties> objects, long listed, CancellationToken cancellationToken)
    {
        if (!ListingPages.StartsAt(listed))
            return await objects.MoveNextAsync();
        await limiter.EnterAsync(0, cancellationToken);
        try
        {
            return await objects.MoveNextAsync();
        }
        finally
        {
            limiter.Leave(0);
        }
    }
}
