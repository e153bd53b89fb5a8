using System.Diagnostics.CodeAnalysis;
using Kafscale.Storage.Caching;

namespace Kafscale.Storage.Tests.Caching;

/// <summary>Reads of the tail by readers that may go on through the whole object.</summary>
internal static class WholeObjectReads
{
    public static ValueTask<ObjectBytes> ReadAsync(
        this CachedObjectReader reader, string key, long objectLength, long position, int length, CancellationToken cancellationToken) =>
        reader.ReadAsync(ObjectRegion.Whole(key, objectLength), position, length, ReadKind.Tail, isExact: false, cancellationToken);

    public static bool TryRead(
        this CachedObjectReader reader, string key, long objectLength, long position, int length, [NotNullWhen(true)] out ObjectBytes? bytes) =>
        reader.TryRead(ObjectRegion.Whole(key, objectLength), position, length, out bytes);
}
