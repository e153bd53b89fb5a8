using Kafscale.Fuzzing.Targets;

namespace Kafscale.Fuzzing.Running;

/// <summary>Says whether a target did with an input what it may do.</summary>
internal static class Judge
{
    /// <summary>Has an input read, and what was read written and read again.</summary>
    public static Verdict Examine(FuzzTarget target, ReadOnlyMemory<byte> input)
    {
        object? read = null;
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read = target.Read(input);
        }
        catch (Exception exception) when (target.IsRefusal(exception))
        {
            // What is documented.
        }
        catch (Exception exception)
        {
            return Verdict.Wrong($"reading ended in {exception}");
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > target.MaxAllocatedBytes(input.Length))
        {
            return Verdict.Wrong($"reading {input.Length} bytes allocated {allocated}, more than the {target.MaxAllocatedBytes(input.Length)} that are in proportion");
        }

        try
        {
            if (read is not null)
            {
                RequireRoundTrip(target, read);
            }
        }
        catch (Exception exception)
        {
            return Verdict.Wrong($"writing what was read, and reading it again, ended in {exception}");
        }

        return new Verdict(read is not null, allocated, Problem: null);
    }

    private static void RequireRoundTrip(FuzzTarget target, object read)
    {
        if (target.Write(read) is not { } written)
        {
            return;
        }

        object again = target.Read(written) ?? throw new WrongResultException($"What was written is refused: {Convert.ToHexStringLower(written)}");
        Bytes.RequireEqual(written, target.Write(again), "Written, read and written again");
    }
}
