using System;
using System.Collections.Generic;

namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>
/// One definition file. Two are equal where path and text are, so that the compiler runs the generator again only for
/// the files that were edited.
/// </summary>
internal sealed class DefinitionFile(string path, string text) : IEquatable<DefinitionFile>
{
    public string Path { get; } = path;

    public string Text { get; } = text;

    /// <summary>The name after <c>api</c> or <c>message</c>.</summary>
    public string Name { get; set; } = "";

    public SourceSpan NameSpan { get; set; }

    /// <summary>The API key; null for a message that is not a request or response.</summary>
    public short? ApiKey { get; set; }

    public VersionRange Versions { get; set; } = VersionRange.None;

    public SourceSpan VersionsSpan { get; set; }

    public VersionRange FlexibleVersions { get; set; } = VersionRange.None;

    public SourceSpan FlexibleSpan { get; set; }

    /// <summary>Versions that the protocol may still change, which a broker does not offer by default.</summary>
    public VersionRange UnstableVersions { get; set; } = VersionRange.None;

    public SourceSpan UnstableSpan { get; set; }

    public List<MessageDefinition> Messages { get; } = [];

    public List<Problem> Problems { get; } = [];

    public bool Equals(DefinitionFile? other) => other is not null && Path == other.Path && Text == other.Text;

    public override bool Equals(object? obj) => Equals(obj as DefinitionFile);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Path) ^ StringComparer.Ordinal.GetHashCode(Text);
}
