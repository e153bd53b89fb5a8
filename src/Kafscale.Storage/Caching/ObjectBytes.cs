using System.Buffers;

namespace Kafscale.Storage.Caching;

/// <summary>Bytes that were read.</summary>
public sealed class ObjectBytes(ReadOnlySequence<byte> bytes) : IDisposable
{
    public ReadOnlySequence<byte> Bytes { get; } = bytes;

    public void Dispose()
    {
    }
}
