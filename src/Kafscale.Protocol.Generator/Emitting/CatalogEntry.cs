using System;
using Kafscale.Protocol.Generator.Definitions;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>What the catalog needs of a definition; compared by value, so that an edited field does not rewrite the catalog.</summary>
internal sealed class CatalogEntry(DefinitionFile file) : IEquatable<CatalogEntry>
{
    public string Name { get; } = file.Name;

    public short Key { get; } = file.ApiKey ?? -1;

    public VersionRange Versions { get; } = file.Versions;

    public VersionRange FlexibleVersions { get; } = file.FlexibleVersions.Intersect(file.Versions);

    public VersionRange UnstableVersions { get; } = file.UnstableVersions;

    public bool Equals(CatalogEntry? other) =>
        other is not null && Name == other.Name && Key == other.Key && Versions == other.Versions
        && FlexibleVersions == other.FlexibleVersions && UnstableVersions == other.UnstableVersions;

    public override bool Equals(object? obj) => Equals(obj as CatalogEntry);

    public override int GetHashCode() => Key;
}
