using System.Buffers;

namespace Kafscale.Broker.Tests.Network;

/// <summary>Bytes in several segments, as the cache has them.</summary>
internal sealed class TestSequence : ReadOnlySequenceSegment<byte>
{
    private TestSequence(byte[] bytes, long runningIndex)
    {
        Memory = bytes;
        RunningIndex = runningIndex;
    }

    public static ReadOnlySequence<byte> Random(int bytes, int segmentBytes, int seed)
    {
        var random = new Random(seed);
        TestSequence? first = null;
        TestSequence? last = null;
        for (int done = 0; done < bytes; done += segmentBytes)
        {
            byte[] segment = new byte[Math.Min(segmentBytes, bytes - done)];
            random.NextBytes(segment);
            var next = new TestSequence(segment, done);
            if (last is not null)
            {
                last.Next = next;
            }

            first ??= next;
            last = next;
        }

        return first is null ? default : new ReadOnlySequence<byte>(first, 0, last!, last!.Memory.Length);
    }
}
