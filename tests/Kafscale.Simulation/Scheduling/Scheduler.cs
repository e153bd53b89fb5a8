namespace Kafscale.Simulation.Scheduling;

/// <summary>
/// Runs all that happens in a simulation on one thread: of what can be run next, the seed picks; where there is nothing, virtual time goes on to
/// the next timer.
/// </summary>
internal sealed class Scheduler
{
    private readonly Random _random;
    private readonly CapturedThreadPool _pool = CapturedThreadPool.Capture();
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private readonly List<WorkItem> _ready = [];
    private readonly PriorityQueue<TimerEntry, (long Due, long Number)> _timers = new();
    private long _lastTimerNumber;
    private int _lastProcessId;
    private Exception? _failure;

    /// <param name="random">Picks what runs next; nobody else uses it.</param>
    /// <param name="trace">Is told of every step.</param>
    public Scheduler(Random random, Trace trace)
    {
        _random = random;
        Trace = trace;
        World = new SimulatedProcess(this, "world");
    }

    public Trace Trace { get; }

    /// <summary>Runs what is of no process: networks and stores. It never pauses and never ends.</summary>
    public SimulatedProcess World { get; }

    /// <summary>Virtual time since the beginning, in ticks of 100 ns.</summary>
    public long Now { get; private set; }

    /// <summary>How many things were run.</summary>
    public long Steps { get; private set; }

    public int NextProcessId() => _lastProcessId++;

    /// <summary>Runs until a condition holds.</summary>
    /// <param name="isDone">Looked at after everything that was run.</param>
    /// <exception cref="SimulationFailedException">Something failed that nobody handles, or nothing can happen any more.</exception>
    public void RunUntil(Func<bool> isDone)
    {
        while (!isDone())
        {
            if (_ready.Count == 0 && !PassTime())
            {
                throw new SimulationFailedException("Everybody waits, and there is no timer: nothing can happen any more.");
            }

            if (_ready.Count > 0)
            {
                RunOne();
            }
        }
    }

    /// <summary>Has something run in a process, in no particular order with what is ready to run.</summary>
    public void Enqueue(WorkItem work)
    {
        CheckThread();
        switch (work.Process.State)
        {
            case ProcessState.Running:
                _ready.Add(work);
                break;
            case ProcessState.Paused:
                work.Process.Hold(work);
                break;
            case ProcessState.Ended:
                break;
        }
    }

    /// <summary>Has something run in a process after a time.</summary>
    public void EnqueueAfter(TimeSpan delay, SimulatedProcess process, Action action) =>
        AddTimer(Now + Math.Max(0, delay.Ticks), new TimerEntry(process, action));

    public void AddTimer(long due, TimerEntry entry)
    {
        CheckThread();
        _timers.Enqueue(entry, (due, ++_lastTimerNumber));
    }

    /// <summary>Ends the simulation because something failed that nobody handles.</summary>
    public void Fail(Exception exception) => _failure ??= exception;

    /// <summary>Fails where anything but the simulation's thread is at work.</summary>
    public void CheckThread()
    {
        if (Environment.CurrentManagedThreadId != _threadId)
        {
            var escape = new SimulationFailedException($"Something runs on another thread than the simulation's:{Environment.NewLine}{Environment.StackTrace}");
            Fail(escape);
            throw escape;
        }
    }

    private void RunOne()
    {
        var picked = _random.Next(_ready.Count);
        var work = _ready[picked];
        _ready[picked] = _ready[^1];
        _ready.RemoveAt(_ready.Count - 1);
        if (work.Process.State != ProcessState.Running)
        {
            // It was paused or ended when this was already waiting.
            Enqueue(work);
            return;
        }

        Steps++;
        Trace.Step(Now, work.Process.Id, _ready.Count);
        SynchronizationContext.SetSynchronizationContext(work.Process);
        try
        {
            if (work.Callback is { } callback)
            {
                callback(work.State);
            }
            else
            {
                _pool.Run(work.State!);
            }
        }
        catch (Exception exception)
        {
            Fail(exception);
        }

        SynchronizationContext.SetSynchronizationContext(null);
        while (_pool.TryTake(out var queued))
        {
            // Whoever has queued it is who was just running.
            Enqueue(new WorkItem(work.Process, null, queued));
        }

        if (_failure is { } failure)
        {
            throw new SimulationFailedException($"At {TimeSpan.FromTicks(Now)} in {work.Process.Name}: {failure.Message}", failure);
        }
    }

    /// <summary>Goes on to the next moment at which anything is due; false where there is none.</summary>
    private bool PassTime()
    {
        var due = long.MaxValue;
        while (_timers.TryPeek(out var entry, out var at) && (due == long.MaxValue || at.Due == due))
        {
            _timers.Dequeue();
            if (!entry.IsDropped)
            {
                due = at.Due;
                Enqueue(entry.Work);
            }
        }

        if (due == long.MaxValue)
        {
            return false;
        }

        Now = due;
        return true;
    }
}
