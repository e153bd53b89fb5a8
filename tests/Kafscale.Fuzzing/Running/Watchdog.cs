using System.Diagnostics;
using Kafscale.Fuzzing.Targets;

namespace Kafscale.Fuzzing.Running;

/// <summary>Ends the process where an input is not done with in time, and says which.</summary>
internal sealed class Watchdog : IDisposable
{
    /// <summary>Ten thousand times what inputs take, because the machine may be busy.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TextWriter _output;
    private readonly Timer _timer;
    private FuzzTarget? _target;
    private long _seed;
    private long _number;
    private ReadOnlyMemory<byte> _input;
    private long _lastNumber = -1;
    private long _lastChange;

    public Watchdog(TextWriter output)
    {
        _output = output;
        _timer = new Timer(_ => Look(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <summary>Says which input is next.</summary>
    public void Begin(FuzzTarget target, long seed, long number, ReadOnlyMemory<byte> input)
    {
        _target = target;
        _seed = seed;
        _input = input;
        Volatile.Write(ref _number, number);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        long number = Volatile.Read(ref _number);
        if (number != _lastNumber || _target is null)
        {
            _lastNumber = number;
            _lastChange = Stopwatch.GetTimestamp();
        }
        else if (Stopwatch.GetElapsedTime(_lastChange) > Patience)
        {
            _output.WriteLine(new Finding(_target.Name, _seed, number, _input.ToArray(), $"not done with after {Patience.TotalSeconds:F0} s"));
            _output.Flush();
            Environment.Exit(1);
        }
    }
}
