using System.Numerics;
using System.Reflection;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Kafscale.Fuzzing.Coverage;

/// <summary>
/// Counts which edges between branches an input takes. Instrumented assemblies count in memory that is set here, before any of
/// them runs; others leave it empty.
/// </summary>
internal sealed unsafe class EdgeMap
{
    private const int Length = 1 << 16;

    private static readonly byte* Counters = (byte*)NativeMemory.AllocZeroed(Length);

    private readonly byte[] _seen = new byte[Length];

    /// <summary>Whether this process runs instrumented assemblies.</summary>
    public static bool IsInstrumented { get; } =
        Assembly.Load("Kafscale.Protocol").GetReferencedAssemblies().Any(assembly => assembly.Name == typeof(Trace).Assembly.GetName().Name);

    /// <summary>Edges, each with about how often one input took it, that were seen so far.</summary>
    public int SeenCount { get; private set; }

    /// <summary>Comes before everything else: instrumented code cannot run without.</summary>
    public static void Install() => Trace.SharedMem = Counters;

    public static void Clear()
    {
        new Span<byte>(Counters, Length).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Whether what was counted since <see cref="Clear"/> has anything that was not seen before, which is then seen.</summary>
    public bool AddWhatIsNew()
    {
        bool isNew = false;
        for (int i = 0; i < Length; i += Vector<byte>.Count)
        {
            if (Vector.EqualsAll(*(Vector<byte>*)(Counters + i), Vector<byte>.Zero))
            {
                continue;
            }

            for (int edge = i; edge < i + Vector<byte>.Count; edge++)
            {
                byte times = TimesBit(Counters[edge]);
                if ((times & ~_seen[edge]) != 0)
                {
                    _seen[edge] |= times;
                    SeenCount++;
                    isNew = true;
                }
            }
        }

        return isNew;
    }

    /// <summary>A loop that runs once more is no news; one that runs twice as often is.</summary>
    private static byte TimesBit(byte count) => count == 0 ? (byte)0 : (byte)(1 << Math.Min(7, BitOperations.Log2(count)));
}
