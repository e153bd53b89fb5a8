using System;

namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>One field of a message or struct, as written in a definition and then resolved by <see cref="DefinitionChecker"/>.</summary>
internal sealed class Field(string name, FieldKind kind, bool isArray, string? structName, SourceSpan span)
{
    public string Name { get; } = name;

    public FieldKind Kind { get; } = kind;

    public bool IsArray { get; } = isArray;

    /// <summary>The name of the struct where <see cref="Kind"/> is <see cref="FieldKind.Struct"/>.</summary>
    public string? StructName { get; } = structName;

    public SourceSpan Span { get; } = span;

    /// <summary>The versions as written; all versions of the enclosing struct where nothing is written.</summary>
    public VersionRange DeclaredVersions { get; set; } = VersionRange.All;

    /// <summary>The versions after the word <c>nullable</c>; none where the field is never null.</summary>
    public VersionRange DeclaredNullableVersions { get; set; } = VersionRange.None;

    public int? Tag { get; set; }

    public bool IsIgnorable { get; set; }

    /// <summary>Written in the classic encoding even where the message is flexible (the client id of the request header).</summary>
    public bool IsNeverFlexible { get; set; }

    /// <summary>The literal after <c>=</c>, quotes included; null where none is written.</summary>
    public string? DefaultLiteral { get; set; }

    /// <summary>The versions in which the field exists, within those of the enclosing struct.</summary>
    public VersionRange Versions { get; set; }

    /// <summary>The versions in which the field exists and may be null.</summary>
    public VersionRange NullableVersions { get; set; }

    public StructDefinition? Struct { get; set; }

    public bool IsTagged => Tag is not null;

    public bool IsNullByDefault => DefaultLiteral == "null" || Kind == FieldKind.Records;

    /// <summary>Whether the field carries one of Kafka's error codes: an int16 whose name says so.</summary>
    public bool IsErrorCode => Kind == FieldKind.Int16 && !IsArray && Name.EndsWith("ErrorCode", StringComparison.Ordinal);
}
