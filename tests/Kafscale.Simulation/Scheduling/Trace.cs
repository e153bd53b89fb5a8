using System.Globalization;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Kafscale.Simulation.Scheduling;

/// <summary>What has happened in a simulation, as a number that two runs of one seed agree on, and as text where somebody wants to read it.</summary>
/// <param name="output">Where it is written; null where nobody wants to read it.</param>
/// <param name="subject">Only what mentions it is written; null where everything is.</param>
internal sealed class Trace(TextWriter? output, TraceSubject? subject)
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
        if (output is not null && text.ToStringAndClear() is var line && subject?.IsIn(line) is not false)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromTicks(_now):c} {process}: {line}"));
        }
    }

    /// <summary>Tells a reader who asks for a topic by its name under which id it is.</summary>
    public void Name(string topic, Guid topicId) => subject?.Name(topic, topicId);

    private void Fold()
    {
        _hash.Append(MemoryMarshal.AsBytes(_steps.AsSpan(0, _used)));
        _used = 0;
    }
}
