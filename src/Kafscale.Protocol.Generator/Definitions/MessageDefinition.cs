using System.Collections.Generic;

namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>A message: its own fields and the structs that it declares.</summary>
internal sealed class MessageDefinition(MessageKind kind, StructDefinition root)
{
    public MessageKind Kind { get; } = kind;

    /// <summary>The message's own fields.</summary>
    public StructDefinition Root { get; } = root;

    public string Name => Root.Name;

    /// <summary>The structs of the message in the order in which they are declared, without <see cref="Root"/>.</summary>
    public List<StructDefinition> Structs { get; } = [];

    public VersionRange Versions { get; set; }

    public VersionRange FlexibleVersions { get; set; }
}
