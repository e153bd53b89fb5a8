using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Kafscale.Protocol.Generator.Emitting;

namespace Kafscale.Protocol.Generator;

internal sealed class CatalogComparer : IEqualityComparer<ImmutableArray<CatalogEntry>>
{
    public static readonly CatalogComparer Instance = new();

    public bool Equals(ImmutableArray<CatalogEntry> x, ImmutableArray<CatalogEntry> y) => x.SequenceEqual(y);

    public int GetHashCode(ImmutableArray<CatalogEntry> entries) => entries.Length;
}
