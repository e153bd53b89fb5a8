using System.Collections.Generic;

namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>A sequence of fields with a name: a message itself, or a struct inside it.</summary>
internal sealed class StructDefinition(string name, SourceSpan span)
{
    public string Name { get; } = name;

    public SourceSpan Span { get; } = span;

    public List<Field> Fields { get; } = [];

    /// <summary>The versions in which the struct can occur.</summary>
    public VersionRange Versions { get; set; }
}
