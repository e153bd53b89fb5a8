using System.Buffers;
using System.Runtime.CompilerServices;

namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Tries requests again that failed for a reason that passes; <see cref="RetryPolicy"/> says which and when.</summary>
/// <remarks>
/// <para>A put whose attempt failed may have taken effect all the same, and then its own next attempt finds the key taken. So after
/// a failed attempt <see cref="ObjectAlreadyExistsException"/> is not believed before the object has been compared with
/// the body. What holds for callers of a conditional put:</para>
/// <para>When it returns, the object has exactly these bytes. When it throws <see cref="ObjectAlreadyExistsException"/>, the object was
/// written by somebody else. Of several writers of different bytes exactly one wins; several writers of the same bytes may
/// all take themselves for the winner, which matters to nobody who writes what the key stands for.</para>
/// </remarks>
/// <param name="inner">The store.</param>
/// <param name="policy">Shared by all that share the store, because the retry budget is the store's.</param>
public sealed class RetryingObjectStore(IObjectStore inner, RetryPolicy policy) : IObjectStore
{
    private const int CompareBufferLength = 1 << 20;

    /// <inheritdoc/>
    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        policy.OnRequest();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await inner.PutAsync(key, body, condition, cancellationToken);
                return;
            }
            catch (ObjectAlreadyExistsException) when (attempt > 1)
            {
                if (await HasBodyAsync(key, body, cancellationToken))
                    return;
                throw;
            }
            catch (Exception exception) when (RetryPolicy.IsTransient(exception, cancellationToken))
            {
                await policy.BeforeRetryAsync(attempt, exception, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        policy.OnRequest();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await inner.ReadAsync(key, offset, destination, cancellationToken);
            }
            catch (Exception exception) when (RetryPolicy.IsTransient(exception, cancellationToken))
            {
                await policy.BeforeRetryAsync(attempt, exception, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        policy.OnRequest();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await inner.HeadAsync(key, cancellationToken);
            }
            catch (Exception exception) when (RetryPolicy.IsTransient(exception, cancellationToken))
            {
                await policy.BeforeRetryAsync(attempt, exception, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>A listing that breaks off is begun again behind the last object that its reader has; the attempts count from there.</remarks>
    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        policy.OnRequest();
        for (var attempt = 1; ; attempt++)
        {
            await using var objects = inner.ListAsync(prefix, startAfter, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                bool isThere;
                try
                {
                    isThere = await objects.MoveNextAsync();
                }
                catch (Exception exception) when (RetryPolicy.IsTransient(exception, cancellationToken))
                {
                    await policy.BeforeRetryAsync(attempt, exception, cancellationToken);
                    break;
                }

                if (!isThere)
                    yield break;
                attempt = 1;
                startAfter = objects.Current.Key;
                yield return objects.Current;
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        policy.OnRequest();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await inner.DeleteAsync(keys, cancellationToken);
                return;
            }
            catch (Exception exception) when (RetryPolicy.IsTransient(exception, cancellationToken))
            {
                await policy.BeforeRetryAsync(attempt, exception, cancellationToken);
            }
        }
    }

    private async ValueTask<bool> HasBodyAsync(string key, ReadOnlySequence<byte> body, CancellationToken cancellationToken)
    {
        if (await HeadAsync(key, cancellationToken) is not { } properties || properties.Length != body.Length)
            return false;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(CompareBufferLength, Math.Max(1, body.Length)));
        try
        {
            for (var offset = 0L; offset < body.Length;)
            {
                var wanted = (int)Math.Min(buffer.Length, body.Length - offset);
                var length = await ReadAsync(key, offset, buffer.AsMemory(0, wanted), cancellationToken);
                if (length != wanted || !AreEqual(body.Slice(offset, length), buffer.AsSpan(0, length)))
                    return false;
                offset += length;
            }
        }
        catch (ObjectNotFoundException)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return true;
    }

    private static bool AreEqual(ReadOnlySequence<byte> expected, ReadOnlySpan<byte> actual)
    {
        foreach (var segment in expected)
        {
            if (!actual[..segment.Length].SequenceEqual(segment.Span))
                return false;
            actual = actual[segment.Length..];
        }

        return true;
    }
}
