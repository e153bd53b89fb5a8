using System.Buffers;

namespace Kafscale.Storage.Tests.Formats;

/// <summary>Damages bytes in every way that a format must notice.</summary>
internal static class Corruption
{
    /// <summary>Changes every byte in turn, one bit and all bits, and expects the reader to refuse each except in the given ranges.</summary>
    public static void AssertEveryChangedByteIsNoticed(byte[] bytes, Action<ReadOnlySequence<byte>> read, params Range[] unprotected)
    {
        for (var position = 0; position < bytes.Length; position++)
        {
            if (unprotected.Any(range => position >= range.Start.GetOffset(bytes.Length) && position < range.End.GetOffset(bytes.Length)))
                continue;
            foreach (var change in (byte[])[0x01, 0x80, 0xFF])
            {
                var changed = (byte[])bytes.Clone();
                changed[position] ^= change;
                Assert.True(IsRefused(changed, read), $"Byte {position} ^ 0x{change:X2} went unnoticed.");
            }
        }
    }

    public static void AssertEveryTruncationIsNoticed(byte[] bytes, Action<ReadOnlySequence<byte>> read)
    {
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.True(IsRefused(bytes[..length], read), $"Cut to {length} bytes went unnoticed.");
            Assert.True(IsRefused(bytes[(bytes.Length - length)..], read), $"Only the last {length} bytes went unnoticed.");
        }
    }

    /// <summary>Whatever the bytes are, the reader either takes them or says that they are corrupt, and needs little memory for it.</summary>
    public static void AssertHarmless(byte[] bytes, Action<ReadOnlySequence<byte>> read)
    {
        var allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        IsRefused(bytes, read);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - allocatedBefore;
        Assert.True(allocated < 64_000 + (20L * bytes.Length), $"{bytes.Length} bytes made the reader allocate {allocated}.");
    }

    private static bool IsRefused(byte[] bytes, Action<ReadOnlySequence<byte>> read)
    {
        try
        {
            read(Bodies.InSegments(bytes, 7));
            return false;
        }
        catch (Exception exception) when (exception is CorruptObjectException or UnsupportedVersionException)
        {
            return true;
        }
    }
}
