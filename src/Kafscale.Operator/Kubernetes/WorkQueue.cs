using System.Threading.Channels;

namespace Kafscale.Operator.Kubernetes;

/// <summary>
/// What is to be looked at, each item once however often it is added, and by one worker at a time. An item that failed comes again after
/// a pause that grows with every failure. It holds at most one entry for each item that there is.
/// </summary>
internal sealed class WorkQueue(TimeProvider timeProvider, Random random) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(2);
    private const int LongestPauseFailures = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, Item> _items = [];
    private readonly Channel<NamespacedName> _ready = Channel.CreateUnbounded<NamespacedName>();

    /// <summary>Has an item looked at now; where a worker has it, once more when that one is done.</summary>
    public void Add(NamespacedName key)
    {
        lock (_lock)
        {
            Add(key, ItemOf(key));
        }
    }

    /// <summary>Has an item looked at after a time, unless it is sooner anyway.</summary>
    public void AddAfter(NamespacedName key, TimeSpan delay)
    {
        lock (_lock)
        {
            AddAfter(key, ItemOf(key), delay);
        }
    }

    /// <summary>The next item; it stays with the caller until <see cref="Done"/> or <see cref="Failed"/>.</summary>
    /// <exception cref="OperationCanceledException">There is none by then.</exception>
    public async ValueTask<NamespacedName> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var key = await _ready.Reader.ReadAsync(cancellationToken);
            lock (_lock)
            {
                if (_items.TryGetValue(key, out var item) && item is { IsQueued: true, IsTaken: false })
                {
                    (item.IsQueued, item.IsTaken) = (false, true);
                    return key;
                }
            }
        }
    }

    /// <summary>An item was looked at.</summary>
    /// <param name="key">Which.</param>
    /// <param name="again">When it is to be looked at again; null: when something changes.</param>
    public void Done(NamespacedName key, TimeSpan? again)
    {
        lock (_lock)
        {
            var item = Release(key);
            item.Failures = 0;
            if (again is { } delay)
            {
                AddAfter(key, item, delay);
            }

            Forget(key, item);
        }
    }

    /// <summary>An item could not be looked at; it comes again after a pause.</summary>
    /// <returns>The pause.</returns>
    public TimeSpan Failed(NamespacedName key)
    {
        lock (_lock)
        {
            var item = Release(key);
            item.Failures = Math.Min(item.Failures + 1, LongestPauseFailures);
            var pause = FirstPause * (1 << item.Failures) * (0.5 + (random.NextDouble() / 2));
            pause = pause < LongestPause ? pause : LongestPause;
            AddAfter(key, item, pause);
            return pause;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var item in _items.Values)
            {
                item.Timer?.Dispose();
            }

            _items.Clear();
        }
    }

    private Item ItemOf(NamespacedName key)
    {
        if (!_items.TryGetValue(key, out var item))
        {
            _items.Add(key, item = new Item());
        }

        return item;
    }

    private void Add(NamespacedName key, Item item)
    {
        item.Timer?.Dispose();
        (item.Timer, item.DueAt) = (null, null);
        if (item.IsQueued)
        {
            return;
        }

        item.IsQueued = true;
        if (!item.IsTaken)
        {
            _ready.Writer.TryWrite(key);
        }
    }

    private void AddAfter(NamespacedName key, Item item, TimeSpan delay)
    {
        var dueAt = timeProvider.GetUtcNow() + delay;
        if (item.IsQueued || item.DueAt <= dueAt)
        {
            return;
        }

        item.Timer?.Dispose();
        item.DueAt = dueAt;
        item.Timer = timeProvider.CreateTimer(_ => OnDue(key, item), null, delay, Timeout.InfiniteTimeSpan);
    }

    private void OnDue(NamespacedName key, Item item)
    {
        lock (_lock)
        {
            // A timer that was replaced may still fire.
            if (_items.GetValueOrDefault(key) == item && item.DueAt <= timeProvider.GetUtcNow())
            {
                Add(key, item);
            }
        }
    }

    private Item Release(NamespacedName key)
    {
        var item = ItemOf(key);
        item.IsTaken = false;
        if (item.IsQueued)
        {
            _ready.Writer.TryWrite(key);
        }

        return item;
    }

    private void Forget(NamespacedName key, Item item)
    {
        if (item is { IsQueued: false, IsTaken: false, Timer: null })
        {
            _items.Remove(key);
        }
    }

    private sealed class Item
    {
        public bool IsQueued { get; set; }

        public bool IsTaken { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset? DueAt { get; set; }

        public ITimer? Timer { get; set; }
    }
}
