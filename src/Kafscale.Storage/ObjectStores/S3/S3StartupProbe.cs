using System.Buffers;
using System.Globalization;

namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>
/// Finds out whether a bucket can hold a cluster's records before anything relies on it, by doing with one small object
/// everything that a broker does with all of them.
/// </summary>
/// <param name="store">The store, without retries.</param>
/// <param name="options">What the store was made with.</param>
/// <param name="keyPrefix">The cluster's namespace; the object lies under <c>meta/probe/</c> in it, and is deleted again.</param>
/// <param name="timeProvider">The pause before another attempt.</param>
/// <param name="random">The name of the object, which no other process that starts has.</param>
public sealed class S3StartupProbe(IObjectStore store, S3Options options, string keyPrefix, TimeProvider timeProvider, Random random)
{
    private const int Attempts = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly S3StartupAdvice _advice = new(options);

    /// <summary>Completes where the bucket is fit.</summary>
    /// <exception cref="S3StartupException">It is not; the message says what is wrong and what to do.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryAsync(cancellationToken);
                return;
            }
            catch (S3StartupException exception) when (IsPassing(exception) && attempt < Attempts)
            {
                await Task.Delay(Pause, timeProvider, cancellationToken);
            }
        }
    }

    // What has cost a whole request timeout already is not tried again: whoever waits should learn of it.
    private static bool IsPassing(S3StartupException exception) =>
        exception.InnerException is ObjectStoreException { Failure: ObjectStoreFailure.Throttled or ObjectStoreFailure.Unavailable };

    private async Task TryAsync(CancellationToken cancellationToken)
    {
        var prefix = $"{keyPrefix}/meta/probe/";
        await StepAsync(S3Permission.List, async () =>
        {
            await foreach (var _ in store.ListAsync(prefix, startAfter: null, cancellationToken))
                break;
        });

        // A new one for each attempt: what became of the last one's put may be unknown.
        var key = string.Create(CultureInfo.InvariantCulture, $"{prefix}{random.NextInt64():x16}");
        var body = new byte[64];
        random.NextBytes(body);
        try
        {
            await StepAsync(S3Permission.Put, () => store.PutAsync(key, new ReadOnlySequence<byte>(body), PutCondition.IfNoneMatch, cancellationToken).AsTask());
            await CheckConditionAsync(key, cancellationToken);
            await CheckRangesAsync(key, body, cancellationToken);
        }
        catch (S3StartupException)
        {
            await DeleteIfPossibleAsync(key, cancellationToken);
            throw;
        }

        await StepAsync(S3Permission.Delete, () => store.DeleteAsync([key], cancellationToken).AsTask());
    }

    private async Task CheckConditionAsync(string key, CancellationToken cancellationToken)
    {
        var isReplaced = false;
        await StepAsync(S3Permission.Put, async () =>
        {
            try
            {
                await store.PutAsync(key, new ReadOnlySequence<byte>(new byte[1]), PutCondition.IfNoneMatch, cancellationToken);
                isReplaced = true;
            }
            catch (ObjectAlreadyExistsException)
            {
                // As it must be.
            }
        });
        if (isReplaced)
            throw _advice.IgnoredCondition();
    }

    private async Task CheckRangesAsync(string key, byte[] body, CancellationToken cancellationToken)
    {
        const int From = 7;
        var part = new byte[21];
        var isRight = false;
        await StepAsync(S3Permission.Get, async () =>
        {
            try
            {
                isRight = await store.ReadAsync(key, From, part, cancellationToken) == part.Length
                    && part.AsSpan().SequenceEqual(body.AsSpan(From, part.Length))
                    && await store.ReadAsync(key, body.Length, part, cancellationToken) == 0;
            }
            catch (ObjectNotFoundException)
            {
                throw _advice.LostObject();
            }
        });
        if (!isRight)
            throw _advice.WrongRange();
    }

    private async Task DeleteIfPossibleAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            await store.DeleteAsync([key], cancellationToken);
        }
        catch (ObjectStoreException)
        {
            // Of both failures the first one counts.
        }
    }

    private async Task StepAsync(S3Permission permission, Func<Task> step)
    {
        try
        {
            await step();
        }
        catch (ObjectStoreException exception)
        {
            throw _advice.Failed(permission, exception);
        }
    }
}
