namespace Kafscale.Cli.Commands;

/// <summary>The exit codes of the process.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>It could not start, failed while it ran, or did not stop in time.</summary>
    public const int Failure = 1;

    /// <summary>What a process ends with that a signal ends, less the signal's number.</summary>
    public const int FirstSignal = 128;

    /// <summary>A second Ctrl-C ended it at once.</summary>
    public const int Interrupted = 130;
}
