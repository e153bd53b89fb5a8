using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kafscale.Simulation.Scheduling;

/// <summary>What has happened in a simulation, as a number that two runs of one seed agree on, and as text where somebody wants to read it.</summary>
internal sealed class Trace(TextWriter? output)
{
    private readonly XxHash3 _hash = new();
    private readonly long[] _steps = new long[3 * 1024];
    private int _used;
    private long _now;

    /// <summary>Whether the events are written as text.</summary>
    public bool IsWritten => output is not null;

    /// <summary>Everything so far.</summary>
    public ulong Hash
    {
        get
        {
            Fold();
            return _hash.GetCurrentHashAsUInt64();
        }
    }

    /// <summary>Something is run.</summary>
    public void Step(long now, int processId, int othersReady)
    {
        _now = now;
        Add(now, processId, othersReady);
    }

    /// <summary>Something has happened that clients or stores have seen, by numbers that tell it from what could have happened instead.</summary>
    public void Add(long first, long second, long third)
    {
        if (_used == _steps.Length)
        {
            Fold();
        }

        _steps[_used++] = first;
        _steps[_used++] = second;
        _steps[_used++] = third;
    }

    /// <summary>Writes what has happened, where somebody wants to read it.</summary>
    public void Write(string process, [InterpolatedStringHandlerArgument("")] ref TraceText text)
    {
        if (output is not null)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromTicks(_now):c} {process}: {text.ToStringAndClear()}"));
        }
    }

    private void Fold()
    {
        _hash.Append(MemoryMarshal.AsBytes(_steps.AsSpan(0, _used)));
        _used = 0;
    }
}
