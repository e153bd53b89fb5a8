namespace Kafscale.Broker.Tests.Support;

/// <summary>Runs everything on the calling thread, and lets virtual time go on only where there is nothing left to run.</summary>
internal sealed class VirtualThread : SynchronizationContext
{
    // A few things pass through the thread pool before they come back here.
    private const int LooksBeforeIdle = 20;

    private readonly Lock _lock = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted = [];
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
        for (var looks = 0; !main.IsCompleted;)
        {
            if (TryTake(out var posted))
            {
                posted.Callback(posted.State);
                looks = 0;
            }
            else if (ThreadPool.PendingWorkItemCount > 0 || ++looks < LooksBeforeIdle)
            {
                Thread.Yield();
            }
            else
            {
                passTime();
                looks = 0;
            }
        }

        main.GetAwaiter().GetResult();
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
