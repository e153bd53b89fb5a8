namespace Kafscale.Metadata;

/// <summary>Which property of a key a <see cref="Comparison"/> looks at.</summary>
public enum ComparisonTarget
{
    /// <summary>The revision at which the key came into being.</summary>
    CreateRevision,

    /// <summary>The revision of its last change.</summary>
    ModRevision,

    /// <summary>Its bytes.</summary>
    Value,
}
