using System.Buffers;

namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Sends a second request for a read that takes longer than nearly all recent ones, and takes the first answer.</summary>
/// <remarks>
/// <para>An answer is the bytes, or that there is no such object: both requests ask the same store within the same call, so whichever answers is
/// right. A failure is no answer; the other request still may have one, and where neither has, the first one's failure stands.</para>
/// <para>The first request reads into the caller's memory and the second into a buffer of its own. No read returns before both requests have ended,
/// so nobody writes into memory that is given back: the loser is cancelled, and the store ends a cancelled read at once.</para>
/// <para>Everything but reads passes unchanged.</para>
/// </remarks>
public sealed class HedgingObjectStore : IObjectStore
{
    private readonly IObjectStore _inner;
    private readonly HedgingOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ObjectStoreMetrics _metrics;
    private readonly TokenBucket _budget;

    // Large reads take longer by nature.
    private readonly (int MaxLength, LatencyWindow Window)[] _windows;

    /// <summary>Hedges the reads of a store.</summary>
    /// <param name="inner">The store.</param>
    /// <param name="options">When.</param>
    /// <param name="timeProvider">The clock of the latencies.</param>
    /// <param name="metrics">Where hedges are counted.</param>
    public HedgingObjectStore(IObjectStore inner, HedgingOptions options, TimeProvider timeProvider, ObjectStoreMetrics metrics)
    {
        _inner = inner;
        _options = options;
        _timeProvider = timeProvider;
        _metrics = metrics;

        // Empty at first, so that the share holds from the first read on.
        _budget = new TokenBucket(options.MaxBurst, 0, 0, timeProvider);
        _windows =
        [
            (64 << 10, new LatencyWindow(options)),
            (1 << 20, new LatencyWindow(options)),
            (4 << 20, new LatencyWindow(options)),
            (int.MaxValue, new LatencyWindow(options)),
        ];
    }

    /// <inheritdoc/>
    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        _budget.Earn(_options.MaxShare);
        var window = WindowOf(destination.Length);
        var started = _timeProvider.GetTimestamp();
        int length;
        if (window.Quantile is { } quantile)
        {
            var delay = quantile > _options.ShortestDelay ? quantile : _options.ShortestDelay;
            length = await ReadHedgedAsync(key, offset, destination, delay, cancellationToken);
        }
        else
        {
            length = await _inner.ReadAsync(key, offset, destination, cancellationToken);
        }

        // Where the second request won, this is less than the first one would have taken, but still more than the quantile.
        window.Add(_timeProvider.GetElapsedTime(started));
        return length;
    }

    /// <inheritdoc/>
    public ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        _inner.PutAsync(key, body, condition, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken) => _inner.HeadAsync(key, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        _inner.ListAsync(prefix, startAfter, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => _inner.DeleteAsync(keys, cancellationToken);

    private static bool IsAnswer(Task<int> read) =>
        read.IsCompletedSuccessfully || read.Exception?.InnerException is ObjectNotFoundException;

    /// <summary>Waits for the end, whatever it is.</summary>
    private static async ValueTask EndAsync(Task read) =>
        await read.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);

    // What was cancelled by the caller says so with the caller's own token.
    private static async ValueTask<int> ResultAsync(Task<int> read, CancellationToken cancellationToken)
    {
        await EndAsync(read);
        if (read.IsCanceled)
            cancellationToken.ThrowIfCancellationRequested();
        return await read;
    }

    private LatencyWindow WindowOf(int length)
    {
        foreach (var (maxLength, window) in _windows)
        {
            if (length <= maxLength)
                return window;
        }

        return _windows[^1].Window;
    }

    private async ValueTask<int> ReadHedgedAsync(
        string key, long offset, Memory<byte> destination, TimeSpan delay, CancellationToken cancellationToken)
    {
        using var firstCancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var first = _inner.ReadAsync(key, offset, destination, firstCancellation.Token).AsTask();
        if (!first.IsCompleted)
            await EndAsync(first.WaitAsync(delay, _timeProvider, cancellationToken));
        if (first.IsCompleted || cancellationToken.IsCancellationRequested || !_budget.TryTake())
            return await ResultAsync(first, cancellationToken);

        _metrics.OnHedge();
        var buffer = ArrayPool<byte>.Shared.Rent(destination.Length);
        using var secondCancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var second = ReadSecondAsync(key, offset, buffer.AsMemory(0, destination.Length), secondCancellation.Token);
        try
        {
            await Task.WhenAny(first, second);
            if (!IsAnswer(first) && !IsAnswer(second))
            {
                await EndAsync(first);
                await EndAsync(second);
            }

            if (IsAnswer(first) || !IsAnswer(second))
                return await ResultAsync(first, cancellationToken);

            // Until it has ended, it may write into the caller's memory.
            firstCancellation.Cancel();
            await EndAsync(first);
            _metrics.OnHedgeWin();
            var length = await second;
            buffer.AsSpan(0, length).CopyTo(destination.Span);
            return length;
        }
        finally
        {
            secondCancellation.Cancel();
            await EndAsync(second);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Asynchronous, so that whatever it throws is in its task: the first request must be awaited all the same.
    private async Task<int> ReadSecondAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        await _inner.ReadAsync(key, offset, destination, cancellationToken);
}
