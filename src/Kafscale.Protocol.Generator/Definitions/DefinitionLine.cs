using System.Collections.Generic;

namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>A line that says something: its depth in steps of two spaces, and its words.</summary>
internal sealed class DefinitionLine(int depth, List<Word> words)
{
    public int Depth { get; } = depth;

    public List<Word> Words { get; } = words;

    /// <summary>The lines below it that are indented deeper.</summary>
    public List<DefinitionLine> Children { get; } = [];
}
