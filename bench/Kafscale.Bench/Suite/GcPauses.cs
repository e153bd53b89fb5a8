using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Parsers;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;

namespace Kafscale.Bench.Suite;

/// <summary>Listens to the runtime of another process for how long it stops its threads to collect garbage.</summary>
internal sealed class GcPauses : IDisposable
{
    private const int BufferMib = 16;

    private readonly EventPipeSession _session;
    private readonly Thread _reader;
    private readonly List<double> _pausesMs = [];
    private FormatException? _failure;

    private GcPauses(EventPipeSession session)
    {
        _session = session;
        _reader = new Thread(Read);
        _reader.Start();
    }

    /// <param name="processId">A process of .NET, of the same user.</param>
    public static GcPauses Watch(int processId)
    {
        var provider = new EventPipeProvider(
            ClrTraceEventParser.ProviderName, EventLevel.Informational, (long)ClrTraceEventParser.Keywords.GC);
        return new GcPauses(new DiagnosticsClient(processId).StartEventPipeSession([provider], requestRundown: false, BufferMib));
    }

    /// <summary>Ends the watch.</summary>
    /// <returns>Each pause, in milliseconds.</returns>
    /// <exception cref="IOException">The process has stopped telling of them.</exception>
    public IReadOnlyList<double> Stop()
    {
        _session.Stop();
        _reader.Join();
        return _failure is null ? _pausesMs : throw new IOException("The runtime's events have ended early.", _failure);
    }

    public void Dispose() => _session.Dispose();

    private void Read()
    {
        using var source = new EventPipeEventSource(_session.EventStream);
        double? suspendedAtMs = null;
        source.Clr.GCSuspendEEStart += suspension =>
        {
            if (suspension.Reason is GCSuspendEEReason.SuspendForGC or GCSuspendEEReason.SuspendForGCPrep)
            {
                suspendedAtMs = suspension.TimeStampRelativeMSec;
            }
        };
        source.Clr.GCRestartEEStop += restart =>
        {
            if (suspendedAtMs is { } beganAtMs)
            {
                _pausesMs.Add(restart.TimeStampRelativeMSec - beganAtMs);
                suspendedAtMs = null;
            }
        };
        try
        {
            source.Process();
        }
        catch (FormatException e)
        {
            // Thrown on this thread it would end the process, and leave the broker behind.
            _failure = e;
        }
    }
}
