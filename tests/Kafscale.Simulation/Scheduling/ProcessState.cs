namespace Kafscale.Simulation.Scheduling;

/// <summary>Whether a process runs.</summary>
internal enum ProcessState
{
    Running,

    /// <summary>As after SIGSTOP: what comes for it waits.</summary>
    Paused,

    /// <summary>As after SIGKILL: nothing of it runs ever again.</summary>
    Ended,
}
