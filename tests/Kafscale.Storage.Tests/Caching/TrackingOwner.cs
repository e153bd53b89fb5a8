using Kafscale.Storage.Caching;

namespace Kafscale.Storage.Tests.Caching;

/// <summary>Memory whose references are counted; spoiled when the last one goes.</summary>
internal sealed class TrackingOwner(byte[] memory) : IReferenceCounted
{
    private int _references = 1;

    public int References => Volatile.Read(ref _references);

    public void Retain()
    {
        if (Interlocked.Increment(ref _references) == 1)
            throw new InvalidOperationException("Memory was retained after its last release.");
    }

    public void Release()
    {
        var references = Interlocked.Decrement(ref _references);
        if (references < 0)
            throw new InvalidOperationException("Memory was released too often.");
        if (references == 0)
            Array.Fill(memory, (byte)0xDD);
    }
}
