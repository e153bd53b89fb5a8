using System.Text;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>Lines of C# with their indentation.</summary>
internal sealed class CodeWriter(int depth = 0)
{
    private const int SpacesPerStep = 4;

    private readonly StringBuilder _text = new();
    private int _depth = depth;

    public bool IsEmpty => _text.Length == 0;

    public void Line(string line) => _text.Append(' ', _depth * SpacesPerStep).Append(line).Append('\n');

    public void Blank() => _text.Append('\n');

    public void Open(string header)
    {
        Line(header);
        Line("{");
        _depth++;
    }

    public void Close()
    {
        _depth--;
        Line("}");
    }

    /// <summary>Appends lines that were written at their final indentation.</summary>
    public void Append(CodeWriter lines) => _text.Append(lines._text);

    /// <summary>A writer for lines one step deeper, to be appended later.</summary>
    public CodeWriter Inner() => new(_depth + 1);

    /// <summary>A writer for lines at the same step, to be appended later.</summary>
    public CodeWriter Sibling() => new(_depth);

    public override string ToString() => _text.ToString();
}
