using System.Diagnostics;
using Kafscale.Broker.Telemetry;
using Kafscale.Protocol;
using Kafscale.Storage.Caching;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// What becomes one WAL object and one commit: slices while open, bytes once sealed, an outcome at last.
/// </summary>
/// <remarks>It holds the memory of its batches; the hot cache retains the flush and so keeps that memory.</remarks>
internal sealed class Flush : IReferenceCounted, IDisposable
{
    private readonly List<SliceBuilder> _slices = [];
    private readonly HashSet<Guid> _topicIds = [];
    private readonly HashSet<BufferChunk> _chunks = [];
    private readonly TaskCompletionSource<ErrorCode> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _deadline;
    private int _references = 1;

    public Flush(long generation)
    {
        Generation = generation;
    }

    /// <summary>Counts roll-backs: a flush of an older generation than the flusher's never commits.</summary>
    public long Generation { get; }

    public IReadOnlyList<SliceBuilder> Slices => _slices;

    /// <summary>Bytes of batches; so much of the append budget is given back when the flush is over.</summary>
    public long Bytes { get; private set; }

    /// <summary>How large its commit will be at most.</summary>
    public int CommitBytes { get; private set; }

    /// <summary>Cancelled when its producers have waited for long enough.</summary>
    public CancellationToken Deadline => _deadline?.Token ?? CancellationToken.None;

    /// <summary>When it went from one step to the next.</summary>
    public FlushTimes Times { get; } = new();

    /// <summary>Why it began when it did; set once it has.</summary>
    public FlushReason Reason { get; set; }

    /// <summary>Spans of requests that it serves, the first of those that are traced; <see langword="null"/>: none is.</summary>
    public List<ActivityContext>? TracedRequests { get; private set; }

    /// <summary>When its first batch came, in Unix milliseconds.</summary>
    public long OpenedAtMs { get; private set; }

    /// <summary><see cref="ErrorCode.None"/> once committed, else a retriable error; completes exactly once.</summary>
    public Task<ErrorCode> Outcome => _outcome.Task;

    /// <summary>Completes once it is committed or certainly never will be, which may be after its producers were told that time is up.</summary>
    public Task Settled => _settled.Task;

    public SliceBuilder OpenSlice(PartitionAppender appender, long baseOffset)
    {
        var slice = new SliceBuilder(this, appender, baseOffset);
        _slices.Add(slice);
        var log = appender.Log.Id;
        CommitBytes += CommitSize.OfSlice(log.Partition, appender.LeaderEpoch, baseOffset) + (_topicIds.Add(log.TopicId) ? CommitSize.OfTopic : 0);
        return slice;
    }

    /// <summary>
    /// Puts the slices into the order of their partitions, so that neighbours, which are merged together, lie side by side in
    /// every WAL object. Called once, when nothing is added any more.
    /// </summary>
    public void OrderSlices() => _slices.Sort(static (one, other) => TopicPartition.CompareInWal(one.Appender.Log.Id, other.Appender.Log.Id));

    /// <summary>
    /// Gives its producers a time at which they hear an error, also where the outcome stays unknown for longer: a retry then
    /// finds its batch still on its way, or committed.
    /// </summary>
    public void StartDeadline(TimeSpan deadline, TimeProvider timeProvider)
    {
        Times.OpenedAt = timeProvider.GetTimestamp();
        OpenedAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        _deadline = new CancellationTokenSource(deadline, timeProvider);
        _deadline.Token.UnsafeRegister(static late => ((Flush)late!)._outcome.TrySetResult(ErrorCode.RequestTimedOut), this);
    }

    /// <summary>Its producers have waited for long enough now.</summary>
    public void EndDeadline()
    {
        try
        {
            _deadline?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has its outcome already.
        }
    }

    /// <summary>It serves a request that is traced. One whose flush is over already is late by a moment, and without a link.</summary>
    public void Serve(Activity request)
    {
        // Read without the lock when it is settled, so what is there does not change.
        lock (_outcome)
        {
            if (TracedRequests is not { Count: >= BrokerTracing.MaxLinks })
            {
                TracedRequests = [.. TracedRequests ?? [], request.Context];
            }
        }
    }

    /// <summary>Takes over a batch's memory and its share of the budget.</summary>
    /// <param name="memory">The batch.</param>
    /// <param name="producerBatchBytes">By how much the commit grows for the batches of idempotent producers that it lists.</param>
    public void Take(in BufferReservation memory, int producerBatchBytes)
    {
        CommitBytes += producerBatchBytes;
        Bytes += memory.Length;
        if (!_chunks.Add(memory.Chunk))
        {
            memory.Chunk.Release();
        }
    }

    /// <summary>Tells its producers, and gives up the flusher's own reference.</summary>
    public void Finish(ErrorCode outcome)
    {
        _outcome.TrySetResult(outcome);
        _settled.TrySetResult();
        Dispose();
        Release();
    }

    /// <summary>Ends its deadline.</summary>
    public void Dispose() => _deadline?.Dispose();

    public void Retain()
    {
        if (Interlocked.Increment(ref _references) <= 1)
        {
            throw new InvalidOperationException("A flush was retained after its last release.");
        }
    }

    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            foreach (var chunk in _chunks)
            {
                chunk.Release();
            }

            _chunks.Clear();
            foreach (var slice in _slices)
            {
                slice.Forget();
            }
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("A flush was released more often than retained.");
        }
    }
}
