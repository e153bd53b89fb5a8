using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Kafscale.Bench.Loads;

/// <summary>Waits until something can be done on one of several sockets, by the system's <c>ppoll</c>: .NET has no wait of microseconds.</summary>
internal sealed class Poller
{
    private const short Readable = 0x001;
    private const short Writable = 0x004;
    private const int Interrupted = 4;
    private const long LongestWaitNanoseconds = 999_999_999;

    private readonly PollDescriptor[] _descriptors;

    /// <param name="count">Of sockets.</param>
    public Poller(int count) => _descriptors = new PollDescriptor[count];

    /// <summary>Says what to wait for on a socket.</summary>
    public void Watch(int index, int descriptor, bool forReceiving, bool forSending) => _descriptors[index] = new PollDescriptor
    {
        Descriptor = descriptor,
        Events = (short)((forReceiving ? Readable : 0) | (forSending ? Writable : 0)),
    };

    /// <summary>Waits until something can be done, until a moment, in ticks of the stopwatch, or for a second.</summary>
    public void Wait(long until)
    {
        var left = until == long.MaxValue ? TimeSpan.MaxValue : Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until);
        var nanoseconds = (long)Math.Clamp(left.TotalNanoseconds, 0, LongestWaitNanoseconds);
        if (ppoll(_descriptors, (nuint)_descriptors.Length, new TimeSpecification { Nanoseconds = nanoseconds }, 0) < 0
            && Marshal.GetLastPInvokeError() is var error && error != Interrupted)
        {
            throw new InvalidOperationException($"Waiting for sockets failed: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    /// <summary>Whether there is something to receive; also where the connection has failed.</summary>
    public bool CanReceive(int index) => (_descriptors[index].ReturnedEvents & ~Writable) != 0;

    [DllImport("libc", SetLastError = true)]
    private static extern int ppoll([In, Out] PollDescriptor[] descriptors, nuint count, in TimeSpecification timeout, nint signals);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short ReturnedEvents;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
