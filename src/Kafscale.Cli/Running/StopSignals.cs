using System.Runtime.InteropServices;
using Kafscale.Cli.Commands;

namespace Kafscale.Cli.Running;

/// <summary>
/// Turns the first Ctrl-C (SIGINT), SIGTERM or SIGHUP into a graceful stop, and ends the process at the second Ctrl-C.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() =>
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal),
        ];

    /// <summary>Cancelled at the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        // Otherwise the runtime would end the process itself.
        context.Cancel = true;
        if (_stop.IsCancellationRequested && context.Signal == PosixSignal.SIGINT)
        {
            Environment.Exit(ExitCode.Interrupted);
        }

        _stop.Cancel();
    }
}
