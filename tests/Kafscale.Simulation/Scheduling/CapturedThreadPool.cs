using System.Collections.Concurrent;
using System.Reflection;

namespace Kafscale.Simulation.Scheduling;

/// <summary>
/// The thread pool of this process with its threads taken away: what is queued to it waits until the simulation's thread runs it.
/// </summary>
/// <remarks>
/// Much of .NET goes by way of the pool whatever the synchronization context says: combinators of tasks whose continuations are to run
/// asynchronously, <see cref="CancellationTokenSource.CancelAsync"/>, awaits inside of the libraries. Taking the pool over
/// leaves production code as it is, and no part of it can escape.
/// </remarks>
internal sealed class CapturedThreadPool
{
    private static readonly Lock CaptureLock = new();
    private static CapturedThreadPool? _captured;

    private readonly ConcurrentQueue<object> _queued;
    private readonly Action<Task, Thread> _execute;

    private CapturedThreadPool(ConcurrentQueue<object> queued, Action<Task, Thread> execute)
    {
        _queued = queued;
        _execute = execute;
    }

    /// <summary>Whether nothing is queued.</summary>
    public bool IsEmpty => _queued.IsEmpty;

    /// <summary>Takes the pool over for the rest of the process's life.</summary>
    /// <exception cref="NotSupportedException">This version of .NET keeps its work items elsewhere.</exception>
    public static CapturedThreadPool Capture()
    {
        lock (CaptureLock)
        {
            if (_captured is null)
            {
                OccupyThreads();
                _captured = new CapturedThreadPool(
                    FindQueue(),
                    typeof(Task).GetMethod("ExecuteFromThreadPool", BindingFlags.Instance | BindingFlags.NonPublic)!
                        .CreateDelegate<Action<Task, Thread>>());
                _captured.Check();
            }

            return _captured;
        }
    }

    public bool TryTake(out object item) => _queued.TryDequeue(out item!);

    public void Run(object item)
    {
        if (item is Task task)
        {
            // Asynchronous methods among them, which go on with that.
            _execute(task, Thread.CurrentThread);
        }
        else
        {
            ((IThreadPoolWorkItem)item).Execute();
        }
    }

    private static void OccupyThreads()
    {
        var count = Environment.ProcessorCount;
        if (!ThreadPool.SetMinThreads(count, 1) || !ThreadPool.SetMaxThreads(count, count))
        {
            throw new NotSupportedException("The number of the thread pool's threads cannot be set.");
        }

        var occupied = new CountdownEvent(count);
        var never = new ManualResetEventSlim();
        for (var i = 0; i < count; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    occupied.Signal();
                    never.Wait();
                },
                null);
        }

        occupied.Wait();
    }

    private static ConcurrentQueue<object> FindQueue()
    {
        const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        var pool = typeof(ThreadPool).GetField("s_workQueue", Any)?.GetValue(null);
        return pool?.GetType().GetField("workItems", Any)?.GetValue(pool) as ConcurrentQueue<object>
            ?? throw new NotSupportedException($".NET {Environment.Version} keeps the thread pool's work items elsewhere.");
    }

    private void Check()
    {
        var ranOn = 0;
        ThreadPool.UnsafeQueueUserWorkItem(_ => ranOn = Environment.CurrentManagedThreadId, null);
        while (TryTake(out var item))
        {
            Run(item);
        }

        if (ranOn != Environment.CurrentManagedThreadId)
        {
            throw new NotSupportedException($"The thread pool of .NET {Environment.Version} cannot be taken over.");
        }
    }
}
