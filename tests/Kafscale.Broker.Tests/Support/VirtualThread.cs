namespace Kafscale.Broker.Tests.Support;

/// <summary>Runs everything on the calling thread, and lets virtual time go on only where there is nothing left to run.</summary>
internal sealed class VirtualThread : SynchronizationContext
{
    // A few things pass through the thread pool before they come back here.
    private const int LooksBeforeIdle = 20;

    // Should a thread of the pool be busy for good, time goes on all the same.
    private const int MostLooks = 20_000;

    private readonly Lock _lock = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = [];

    // Threads of the pool that have to do with other things, such as this one.
    private int _busyOtherwise = int.MaxValue;
    private bool _isOver;

    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_lock)
        {
            if (!_isOver)
            {
                _posted.Enqueue((d, state));
                return;
            }
        }

        base.Post(d, state);
    }

    /// <summary>Runs an asynchronous method to its end.</summary>
    /// <param name="main">All that it waits for comes to be by itself or by <paramref name="passTime"/>.</param>
    /// <param name="passTime">Called whenever everybody waits.</param>
    public static void Run(Func<Task> main, Action passTime)
    {
        var thread = new VirtualThread();
        var before = Current;
        SetSynchronizationContext(thread);
        try
        {
            thread.RunToEnd(main(), passTime);
        }
        finally
        {
            thread.End();
            SetSynchronizationContext(before);
        }
    }

    private void RunToEnd(Task main, Action passTime)
    {
        var looks = 0;
        var idleLooks = 0;
        while (!main.IsCompleted)
        {
            if (TryTake(out var posted))
            {
                posted.Callback(posted.State);
                looks = idleLooks = 0;
                continue;
            }

            idleLooks = IsPoolBusy() ? 0 : idleLooks + 1;
            if (idleLooks < LooksBeforeIdle && ++looks < MostLooks)
            {
                Thread.Yield();
            }
            else
            {
                passTime();
                looks = idleLooks = 0;
            }
        }

        main.GetAwaiter().GetResult();
    }

    // Also where something is not waiting for a thread any more and not done yet: beside other work that can take a while.
    private bool IsPoolBusy()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        var busy = most - available;
        _busyOtherwise = Math.Min(_busyOtherwise, busy);
        return busy > _busyOtherwise || ThreadPool.PendingWorkItemCount > 0;
    }

    private bool TryTake(out (SendOrPostCallback Callback, object? State) posted)
    {
        lock (_lock)
        {
            return _posted.TryDequeue(out posted);
        }
    }

    // Whoever is disposed of after that goes on as usual, also where its turn had come already.
    private void End()
    {
        lock (_lock)
        {
            _isOver = true;
        }

        while (_posted.TryDequeue(out var posted))
        {
            base.Post(posted.Callback, posted.State);
        }
    }
}
