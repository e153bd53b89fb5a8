namespace Kafscale.Simulation.Scheduling;

/// <summary>A program on a machine of its own: it has its own clock, and can be paused and ended at any moment.</summary>
internal sealed class SimulatedProcess : SynchronizationContext
{
    private readonly List<WorkItem> _held = [];

    public SimulatedProcess(Scheduler scheduler, string name)
    {
        Scheduler = scheduler;
        Name = name;
        Id = scheduler.NextProcessId();
        Clock = new SimulatedClock(this);
    }

    public Scheduler Scheduler { get; }

    public string Name { get; }

    /// <summary>Processes are numbered as they are started.</summary>
    public int Id { get; }

    public SimulatedClock Clock { get; }

    public ProcessState State { get; private set; } = ProcessState.Running;

    /// <summary>Called when it has been ended.</summary>
    public event Action? Ended;

    public override void Post(SendOrPostCallback d, object? state) => Scheduler.Enqueue(new WorkItem(this, d, state));

    public override void Send(SendOrPostCallback d, object? state)
    {
        Scheduler.CheckThread();
        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs an asynchronous method in this process; the simulation fails where it does.</summary>
    public Task Start(Func<Task> main)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(_ => RunAsync(main, ended), null);
        return ended.Task;
    }

    /// <summary>Waits by true time, to fractions of milliseconds, which a task's delay cuts off.</summary>
    public Task DelayAsync(TimeSpan delay)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Scheduler.EnqueueAfter(delay, this, () => over.TrySetResult());
        return over.Task;
    }

    public void Pause()
    {
        if (State == ProcessState.Running)
        {
            State = ProcessState.Paused;
        }
    }

    public void Resume()
    {
        if (State == ProcessState.Paused)
        {
            State = ProcessState.Running;
            foreach (var work in _held)
            {
                Scheduler.Enqueue(work);
            }

            _held.Clear();
        }
    }

    public void End()
    {
        if (State != ProcessState.Ended)
        {
            State = ProcessState.Ended;
            _held.Clear();
            Ended?.Invoke();
        }
    }

    /// <summary>Keeps something until the process goes on.</summary>
    public void Hold(WorkItem work) => _held.Add(work);

    // Nobody awaits it: whatever it throws is the simulation's failure.
    private async void RunAsync(Func<Task> main, TaskCompletionSource ended)
    {
        try
        {
            await main();
            ended.TrySetResult();
        }
        catch (Exception exception)
        {
            Scheduler.Fail(exception);
        }
    }
}
