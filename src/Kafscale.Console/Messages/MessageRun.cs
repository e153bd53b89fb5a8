using Confluent.Kafka;
using Kafscale.Clients;
using Kafscale.Clients.Records;

namespace Kafscale.Console.Messages;

/// <summary>Reads messages on a thread of its own, because the client blocks; what is found so far can be looked at meanwhile.</summary>
/// <remarks>What is kept in memory is bounded by the query's limit, and by what the client fetches ahead.</remarks>
internal sealed class MessageRun : IAsyncDisposable
{
    // Going backwards, so many offsets of each partition at a time.
    private const int Window = 2000;

    private readonly MessageQuery _query;
    private readonly IConsumer<byte[]?, byte[]?> _consumer;
    private readonly IReadOnlyList<PartitionRange> _ranges;
    private readonly CancellationTokenSource _stop;
    private readonly Lock _lock = new();
    private readonly LinkedList<ShownMessage> _found = new();
    private long _scanned;
    private long _scannedBytes;
    private volatile MessageRunState _state = MessageRunState.Running;

    /// <summary>Begins to read.</summary>
    /// <param name="query">What.</param>
    /// <param name="consumer">By whom; the run disposes of it.</param>
    /// <param name="ranges">Which offsets; without ends where it is live.</param>
    /// <param name="timeout">After which it stops by itself.</param>
    /// <param name="timeProvider">The clock.</param>
    public MessageRun(MessageQuery query, IConsumer<byte[]?, byte[]?> consumer, IReadOnlyList<PartitionRange> ranges, TimeSpan timeout, TimeProvider timeProvider)
    {
        _query = query;
        _consumer = consumer;
        _ranges = ranges;
        _stop = new CancellationTokenSource(timeout, timeProvider);
        Total = query.Start == MessageStart.Live ? null : ranges.Sum(range => range.End!.Value - range.Start);
        Completion = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>How many offsets there are to read; null where there is no end.</summary>
    public long? Total { get; }

    /// <summary>How many messages were looked at.</summary>
    public long Scanned => Interlocked.Read(ref _scanned);

    /// <summary>How many bytes of keys and values these had.</summary>
    public long ScannedBytes => Interlocked.Read(ref _scannedBytes);

    public MessageRunState State => _state;

    /// <summary>Why it has failed.</summary>
    public string? Failure { get; private set; }

    /// <summary>Ends with the reading; never fails.</summary>
    public Task Completion { get; }

    /// <summary>What was found, in the order in which it is shown.</summary>
    public IReadOnlyList<ShownMessage> Found
    {
        get
        {
            lock (_lock)
            {
                return [.. _found];
            }
        }
    }

    public void Stop() => _stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Completion;
        _stop.Dispose();
    }

    private void Read()
    {
        try
        {
            switch (_query.Start)
            {
                case MessageStart.Newest:
                    ReadBackwards();
                    break;
                case MessageStart.Live:
                    ReadForwards(KeepNewest);
                    break;
                default:
                    ReadForwards(KeepOldest);
                    break;
            }

            _state = MessageRunState.Done;
        }
        catch (OperationCanceledException)
        {
            _state = MessageRunState.Stopped;
        }
        catch (KafkaException e)
        {
            Failure = ErrorExplanation.Of(e);
            _state = MessageRunState.Failed;
        }
        finally
        {
            _consumer.Close();
            _consumer.Dispose();
        }
    }

    private void ReadForwards(Func<ShownMessage, bool> keep)
    {
        var reader = new RangeReader(_consumer, _ranges);
        while (reader.Read(() => { }, _stop.Token) is { } record)
        {
            if (Matches(record) && !keep(ShownMessage.Of(record)))
            {
                return;
            }
        }
    }

    // The youngest of all partitions together, by time: windows of each, from the end backwards, until there are enough.
    private void ReadBackwards()
    {
        var youngest = new PriorityQueue<ShownMessage, (long Time, int Partition, long Offset)>();
        var ends = _ranges.ToDictionary(range => range.Partition, range => range.End!.Value);
        // Where everything passes, there is no need for more of a partition than is shown of all.
        var window = _query.Filter.IsEmpty ? _query.Limit : Window;
        while (ends.Count > 0)
        {
            var part = _ranges.Where(range => ends.ContainsKey(range.Partition))
                .Select(range => new PartitionRange(range.Partition, Math.Max(range.Start, ends[range.Partition] - window), ends[range.Partition])).ToList();
            var reader = new RangeReader(_consumer, part);
            while (reader.Read(() => { }, _stop.Token) is { } record)
            {
                if (!Matches(record))
                {
                    continue;
                }

                var message = ShownMessage.Of(record);
                youngest.Enqueue(message, (message.Time?.ToUnixTimeMilliseconds() ?? 0, message.Partition, message.Offset));
                if (youngest.Count > _query.Limit)
                {
                    youngest.Dequeue();
                }
            }

            Show(youngest);
            if (youngest.Count == _query.Limit)
            {
                return;
            }

            foreach (var range in part)
            {
                if (range.Start == _ranges.First(whole => whole.Partition == range.Partition).Start)
                {
                    ends.Remove(range.Partition);
                }
                else
                {
                    ends[range.Partition] = range.Start;
                }
            }
        }
    }

    private bool Matches(ConsumeResult<byte[]?, byte[]?> record)
    {
        Interlocked.Increment(ref _scanned);
        Interlocked.Add(ref _scannedBytes, (record.Message.Key?.Length ?? 0) + (record.Message.Value?.Length ?? 0));
        return _query.Filter.Matches(record.Message);
    }

    // Shown before the others; there is always room.
    private bool KeepNewest(ShownMessage message)
    {
        lock (_lock)
        {
            _found.AddFirst(message);
            if (_found.Count > _query.Limit)
            {
                _found.RemoveLast();
            }

            return true;
        }
    }

    // Shown behind the others, as long as there is room.
    private bool KeepOldest(ShownMessage message)
    {
        lock (_lock)
        {
            _found.AddLast(message);
            return _found.Count < _query.Limit;
        }
    }

    private void Show(PriorityQueue<ShownMessage, (long Time, int Partition, long Offset)> youngest)
    {
        var inOrder = youngest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element).ToList();
        lock (_lock)
        {
            _found.Clear();
            inOrder.ForEach(message => _found.AddLast(message));
        }
    }
}
